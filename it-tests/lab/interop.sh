# shellcheck shell=sh
# Sourced, after lib.sh, by the `run` of interop-strongswan and interop-libreswan: one Ikebana, one peer of another make
# with an address of its own for each tunnel, and what is to be seen of each. PEER is the make's name,
# `end_of CONNECTION` has it take one of its tunnels down, and its log tells `our_signature TUNNEL KIND` and
# `their_signature TUNNEL KIND WHO-DIALLED`, that is, how the two ends have proven who they are in a tunnel with certificates.
#
# Ikebana has a profile at each of three addresses (ikebana.conf, below): AES-GCM with X25519 and nothing else; AES-CBC
# with MODP-2048 and nothing else; and one that offers X25519 first and takes MODP-2048, too. At two more addresses both ends
# have certificates: in a chain of three, all of them ECDSA; and RSA, whose signatures are to be PSS. The peer has
# those for `ecdsa` and `rsa` in the folder $pki, Ikebana those for `hub-ecdsa` and `hub-rsa`. Each has an authority of its own
# between it and the root, which the other end has to be sent.
#
# `more_tunnels`, `more_profiles` and `more_addresses` (of Ikebana) may be defined before this file is sourced: what only
# this peer can.
. "$LAB_HOME/authority.sh"
command -v more_tunnels > /dev/null || more_tunnels() { :; }
command -v more_profiles > /dev/null || more_profiles() { :; }
command -v more_addresses > /dev/null || more_addresses() { :; }

# tunnels: a number, who dials, the suite, Ikebana's outer address and the peer's. The inner addresses of tunnel N are
# 10.255.N.1 at Ikebana's end and 10.255.N.2 at the peer's.
tunnels() {
    cat << END
1 Ikebana gcm256-x25519 192.0.2.1 192.0.2.101
2 Ikebana cbc256-modp2048 192.0.2.2 192.0.2.102
3 Ikebana another-group 192.0.2.3 192.0.2.103
4 $PEER gcm256-x25519 192.0.2.1 192.0.2.104
5 $PEER cbc256-modp2048 192.0.2.2 192.0.2.105
6 $PEER another-group 192.0.2.1 192.0.2.106
21 Ikebana ecdsa-chain 192.0.2.21 192.0.2.121
22 Ikebana rsa-pss 192.0.2.22 192.0.2.122
23 $PEER ecdsa-chain 192.0.2.21 192.0.2.123
24 $PEER rsa-pss 192.0.2.22 192.0.2.124
END
    more_tunnels
}

# kind SUITE: of which kind its certificates are, if it has any.
kind() {
    case $1 in
        ecdsa-chain) echo ecdsa ;;
        rsa-pss) echo rsa ;;
    esac
}
make_certificates() {
    begin_authority
    for name in root unknown; do root "$name"; done
    for name in ecdsa rsa hub-ecdsa hub-rsa; do
        for key in "$name-authority" "$name"; do key "$pki/$key.key" "${name#hub-}"; done
        issued "$name-authority" root Example "$AUTHORITY"
        issued "$name" "$name-authority" Example "$END_ENTITY"
        cat "$pki/$name.pem" "$pki/$name-authority.pem" > "$pki/$name-chain.pem"
    done
    for name in hub-ecdsa hub-rsa; do
        cp "$pki/$name$(broken leaf-only || echo -chain).pem" "$LAB_OUT/ikebana/$name.pem"
        install -m 0600 "$pki/$name.key" "$LAB_OUT/ikebana"
    done
    cp "$pki/$(broken other-root && echo unknown || echo root).pem" "$LAB_OUT/ikebana/root.pem"
}

# certified KIND LOCAL: the profile of that kind.
certified() {
    cat << END
    $1 {
      local = "$2"
      auth = certificate
      certificate {
        file = "$LAB_OUT/ikebana/hub-$1.pem"
        private-key = "$LAB_OUT/ikebana/hub-$1.key"
        trust-anchors = "$LAB_OUT/ikebana/root.pem"
        $(! broken old-signature || echo "sha1 = true")
      }
      remote-id = "C=CH, O=Example, CN=*"
      ike-proposals = ["aes256gcm16-prfsha256-x25519"]
    }
END
}

ikebana_conf() {
    secret="not a secret, a test"
    broken wrong-psk && secret="another, a test"
    cat << END
ikebana {
  profile-defaults {
    selector = "gre/$GRE_KEY"
    psk = "$secret"
    esp-proposals = ["aes256gcm16"]
  }
  profiles {
    modern {
      local = "192.0.2.1"
      ike-proposals = ["aes256gcm16-prfsha256-x25519"]
    }
    old {
      local = "192.0.2.2"
      ike-proposals = ["aes256-sha256-modp2048"]
      esp-proposals = ["aes256-sha256"]
    }
    both {
      local = "192.0.2.3"
      ike-proposals = ["aes256gcm16-prfsha256-x25519-modp2048"]
    }
$(certified ecdsa 192.0.2.21; certified rsa 192.0.2.22)
$(more_profiles)
  }
}
END
}

# meet: the two nodes, certificates, and Ikebana on its way. What the peer needs beside it is started in between, then comes `converse`.
meet() {
    node ikebana 1
    node peer 100
    {
        printf '192.0.2.%s\n' 2 3 21 22
        more_addresses
    } | while read -r address; do ip -n ikebana address add "$address/24" dev eth0; done
    tunnels | while read -r _ _ _ _ theirs; do ip -n peer address add "$theirs/24" dev eth0; done
    for end in "ikebana 1" "peer 2"; do
        # shellcheck disable=SC2086  # two words
        tunnels | awk '{ print $1, $4, $5 }' | gre $end
    done
    capture peer
    make_certificates > "$LAB_OUT/openssl" 2>&1
    ikebana_conf > "$LAB_OUT/ikebana/ikebana.conf"
    start_ikebana ikebana "$LAB_OUT/ikebana/ikebana.conf"
}

# pings_pass TUNNEL WHO: the first packets come from the end that is to dial.
pings_pass() {
    case $2 in
        Ikebana) eventually 30 at ikebana ping -w 5 -i 0.2 -c 3 -q "10.255.$1.2" ;;
        *) eventually 30 at peer ping -w 5 -i 0.2 -c 3 -q "10.255.$1.1" ;;
    esac
}

said() { grep -F "$1" "$LAB_OUT/ikebana/ikebana.log"; }
dialled_by() {
    case $1 in
        Ikebana) said "$2 -> $3: dialling" ;;
        *) not said "$2 -> $3: dialling" ;;
    esac
}

# of_suite SUITE OURS THEIRS: Ikebana has one state each way, and the kernel says that it is of the suite.
of_suite() {
    case $1 in
        cbc256-*) pattern='hmac\(sha256\) 0x\w{64} 128.*cbc\(aes\) 0x\w{64}' ;;
        *) pattern='rfc4106\(gcm\(aes\)\) 0x\w{72} 128' ;;
    esac
    for direction in "src $2 dst $3" "src $3 dst $2"; do
        # shellcheck disable=SC2086  # words
        states ikebana $direction
        # shellcheck disable=SC2086  # words
        [ "$(states ikebana $direction | grep -cP "$pattern")" = 1 ] && [ "$(states ikebana $direction | wc -l)" = 1 ] \
            || return
    done
}

# carried OURS THEIRS: at both ends the states have counted three packets each way, or more.
carried() {
    for end in ikebana peer; do
        for direction in "src $1 dst $2" "src $2 dst $1"; do
            # shellcheck disable=SC2086  # words
            packets=$(ip -n "$end" -s xfrm state list $direction | awk '
                /lifetime current/ { getline; split($0, field, /[(), ]+/); sum += field[4] }
                END { print sum + 0 }')
            echo "$end, $direction: $packets"
            [ "$packets" -ge 3 ] || return
        done
    done
}

# nothing_left OURS THEIRS: neither end has a state between the two addresses.
nothing_left() {
    for end in ikebana peer; do
        states "$end" src "$1" dst "$2"
        states "$end" src "$2" dst "$1"
    done > /run/left
    cat /run/left
    [ ! -s /run/left ]
}

# asked_for GROUP FROM TO: the capture holds an answer to IKE_SA_INIT that begins with INVALID_KE_PAYLOAD (notify 17) and
# the group's number. 41 is the type of a notify payload, 34 that of the exchange.
asked_for() { in_capture peer "src $2 and dst $3 and udp[24] == 41 and udp[26] == 34 and udp[42:2] == 17 and udp[44:2] == $1"; }

# converse: all tunnels, one after another.
converse() {
    await_ikebana ikebana
    broken no-trap && ip -n peer xfrm policy flush
    step "one after another"
    tunnels > /run/tunnels
    while read -r tunnel who suite ours theirs; do
        check "a ping passes with $suite, dialled by $who" pings_pass "$tunnel" "$who"
        check "the states of $suite, dialled by $who, are of that suite" of_suite "$suite" "$ours" "$theirs"
        check "the states of $suite, dialled by $who, have carried the pings" carried "$ours" "$theirs"
        check "it was $who who dialled with $suite" dialled_by "$who" "$ours" "$theirs"
        kind=$(kind "$suite")
        [ -n "$kind" ] || continue
        check "Ikebana knows $PEER by the certificate of $suite, dialled by $who" \
            said "$ours -> $theirs: up, with C=CH, O=Example, CN=$kind"
        check "Ikebana's signature was that of $suite, dialled by $who" our_signature "$tunnel" "$kind"
        check "$PEER's signature was that of $suite, dialled by $who" their_signature "$tunnel" "$kind" "$who"
    done < /run/tunnels
    step "each end takes down a tunnel that it has dialled"
    if ! broken stays-up; then
        check "Ikebana takes its own down" ikebanactl ikebana down old --local 192.0.2.2 --remote 192.0.2.102
        check "$PEER takes its own down" end_of tunnel4
    fi
    check "neither end has anything left of Ikebana's" eventually 15 nothing_left 192.0.2.2 192.0.2.102
    check "neither end has anything left of $PEER's" eventually 15 nothing_left 192.0.2.1 192.0.2.104
    check "that of $PEER's was its wish" said '192.0.2.1 -> 192.0.2.104: gone, the peer deleted'
    if broken clear-gre; then
        ip -n peer xfrm policy flush
        ip -n peer xfrm state flush
        at peer ping -c 1 -W 1 10.255.6.1 > /dev/null || :
    fi
    end_capture peer
    check "no GRE is seen in the clear" no_clear_gre peer
    check "$PEER asked Ikebana for MODP-2048 instead of X25519" asked_for 14 192.0.2.103 192.0.2.3
    check "Ikebana asked $PEER for X25519 instead of MODP-2048" asked_for 31 192.0.2.1 192.0.2.106
}
