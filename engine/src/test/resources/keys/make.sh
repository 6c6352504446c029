#!/bin/sh
# How the files of this folder were made, with OpenSSL 3.0. They are for tests and protect nothing.
set -eu
printf 'open sesame\n' > passphrase
openssl ecparam -name prime256v1 -genkey -noout -out ec-sec1.pem
openssl pkcs8 -topk8 -nocrypt -in ec-sec1.pem -out ec.pem
openssl pkcs8 -topk8 -nocrypt -in ec-sec1.pem -outform DER -out ec.der
openssl pkcs8 -topk8 -in ec-sec1.pem -passout file:passphrase -out ec-encrypted.pem
openssl pkcs8 -topk8 -in ec-sec1.pem -passout file:passphrase -outform DER -out ec-encrypted.der
openssl ec -in ec-sec1.pem -aes128 -passout file:passphrase -out ec-old-encryption.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
openssl rsa -in rsa.pem -traditional -out rsa-pkcs1.pem
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa-pss.pem
openssl genpkey -algorithm ED25519 -out ed25519.pem
openssl genpkey -algorithm X25519 -out x25519.pem
self() { openssl req -x509 -new -key "$1.pem" -subj "/C=CH/O=Example/CN=$1" -days 36500 -out "$1-certificate.pem"; }
for key in ec rsa rsa-pss ed25519; do self $key; done
for key in ec ed25519; do openssl pkey -in $key.pem -pubout -out $key-public.pem; done
openssl x509 -in ec-certificate.pem -outform DER -out ec-certificate.der
cat ec-certificate.pem ec-encrypted.pem > both.pem
openssl x509 -in ec-certificate.pem -text > text.pem
openssl pkcs12 -export -inkey ec.pem -in ec-certificate.pem -passout file:passphrase -out ec.p12
openssl pkcs12 -export -legacy -inkey rsa.pem -in rsa-certificate.pem -passout file:passphrase -out rsa-legacy.p12 || true
