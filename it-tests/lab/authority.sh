# shellcheck shell=sh
# Sourced, after lib.sh, by the `run` of scenarios with certificates: a test authority, made with openssl in the folder $pki.
# docs/operating.md has the same lines.

pki=/run/pki

# begin_authority: its folder and its settings; nothing is issued yet.
begin_authority() {
    mkdir -p "$pki"
    : > "$pki/index.txt"
    echo 1000 > "$pki/serial"
    cat > "$pki/ca.conf" << END
[ca]
default_ca = lab
[lab]
database = $pki/index.txt
serial = $pki/serial
new_certs_dir = $pki
default_md = sha256
policy = any
[any]
countryName = optional
organizationName = optional
commonName = supplied
END
}

# key FILE KIND
key() {
    case $2 in
        ecdsa) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
        rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" ;;
        large) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out "$1" ;;
        ed25519) openssl genpkey -algorithm ED25519 -out "$1" ;;
    esac
}

# root NAME: an authority that nobody stands above.
root() {
    key "$pki/$1.key" ecdsa
    openssl req -x509 -new -key "$pki/$1.key" -subj "/C=CH/O=Example/CN=$1" -days 3650 -out "$pki/$1.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# issued NAME ISSUER ORGANIZATION EXTENSIONS [from until]: a certificate for NAME's key.
issued() {
    openssl req -new -key "$pki/$1.key" -subj "/C=CH/O=$3/CN=$1" -out "$pki/$1.csr"
    printf '%s\n' "$4" > "$pki/$1.ext"
    if [ $# -gt 4 ]; then
        openssl ca -batch -notext -config "$pki/ca.conf" -cert "$pki/$2.pem" -keyfile "$pki/$2.key" -in "$pki/$1.csr" \
            -startdate "$5" -enddate "$6" -extfile "$pki/$1.ext" -out "$pki/$1.pem"
    else
        openssl x509 -req -in "$pki/$1.csr" -CA "$pki/$2.pem" -CAkey "$pki/$2.key" -CAcreateserial -days 365 \
            -extfile "$pki/$1.ext" -out "$pki/$1.pem"
    fi
}

ISSUER='basicConstraints=critical,CA:TRUE,pathlen:1
keyUsage=critical,keyCertSign,cRLSign'
AUTHORITY='basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign'
END_ENTITY='basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature'

# revoke NAME ISSUER: the issuer's list has it.
revoke() {
    openssl ca -config "$pki/ca.conf" -cert "$pki/$2.pem" -keyfile "$pki/$2.key" -revoke "$pki/$1.pem"
    openssl ca -config "$pki/ca.conf" -cert "$pki/$2.pem" -keyfile "$pki/$2.key" -gencrl -crldays 30 -out "$pki/$2.crl"
}
