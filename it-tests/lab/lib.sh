# shellcheck shell=sh
# shellcheck disable=SC2016  # in single quotes are awk's programs
# Sourced by each scenario's `run`, inside the guest.
#
# A node is a network and mount namespace with eth0 (192.0.2.N, all nodes on one
# bridge) and a /run and a /var/lib/ikebana of its own, so that each can run its
# daemons at their usual paths. /run/log of a node is kept: on the host it is target/lab/SCENARIO/NODE.
#
# The outer address of node number N is 192.0.2.N, its tunnel address is
# 10.255.0.N. The segment itself answers at 192.0.2.254.

set -eu
here=$LAB_HOME/scenarios/$LAB_SCENARIO
GRE_KEY=1234

# ---- telling

# step SENTENCE: what happens next, with the seconds since the guest's start.
step() {
    read -r seconds _ < /proc/uptime
    echo "$seconds == $*"
}

# figure SENTENCE: something measured; `make lab` prints it.
figure() { echo "figure: $*"; }

fail() {
    echo "FAILED: $*"
    exit 1
}

# check SENTENCE COMMAND...: the sentence is true if COMMAND succeeds.
check() {
    sentence=$1
    shift
    if "$@" > /run/check 2>&1; then
        echo "  ok: $sentence"
    else
        echo "  tried: $*"
        sed 's/^/  | /' /run/check
        fail "$sentence"
    fi
}

# never SENTENCE COMMAND...: the sentence must be false, that is, COMMAND fails.
never() {
    sentence=$1
    shift
    check "it is not so that $sentence" not "$@"
}

not() { ! "$@"; }

# eventually SECONDS COMMAND...: retries COMMAND until it succeeds.
eventually() {
    deadline=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || { echo "gave up: $*" >&2; return 1; }
        sleep 0.1
    done
}

# broken FAULT: is this fault of the scenario's file `breaks` planted in this run?
broken() { [ "$LAB_BREAK" = "$1" ]; }

# full: is this the full form, which `make lab` runs, and not the short one of `make test`, which takes 90 s at most? What
# differs is set in one place: `rounds=3; ! full || rounds=50`. The full
# form makes the same checks, and may make more.
full() { [ "$LAB_FORM" = full ]; }

# ---- the network

# The kernel would load these by itself, but in the middle of an exchange: the
# first use of a cipher costs seconds of modprobe.
modprobe -a veth bridge ip_gre xfrm_user esp4
warm_cipher() { ip xfrm state add src 192.0.2.8 dst 192.0.2.9 proto esp spi "$@"; }
sixteen=0x000102030405060708090a0b0c0d0e0f
warm_cipher 0x100 aead 'rfc4106(gcm(aes))' ${sixteen}10111213 128
warm_cipher 0x101 enc 'cbc(aes)' $sixteen auth-trunc 'hmac(sha256)' $sixteen 128
ip xfrm state flush

ip netns add segment
ip -n segment link add br0 type bridge
ip -n segment addr add 192.0.2.254/24 dev br0
ip -n segment link set br0 up

# number NODE
number() { eval "echo \$number_$1"; }
outer() { echo "192.0.2.$(number "$1")"; }
inner() { echo "10.255.0.$(number "$1")"; }

# node NAME N: a node with its outer address.
node() {
    eval "number_$1=$2"
    mkdir -p "/run/$1/log" "/run/$1/state" /var/lib/ikebana "$LAB_OUT/$1"
    ip netns add "$1"
    ip link add eth0 netns "$1" type veth peer name "$1" netns segment
    ip -n segment link set "$1" master br0 up
    ip -n "$1" link set lo up
    ip -n "$1" addr add "$(outer "$1")/24" dev eth0
    ip -n "$1" link set eth0 up
    # This process holds the node's namespaces for as long as the guest lives.
    ip netns exec "$1" sh -c 'mount --bind "/run/$0/state" /var/lib/ikebana \
        && mount --bind "/run/$0" /run && mount --bind "$1" /run/log && touch /run/ready && exec sleep infinity' "$1" "$LAB_OUT/$1" &
    eval "holder_$1=$!"
    eventually 10 test -e "/run/$1/ready"
}

# nat NAME N: a node that is a NAT: 192.0.2.N outside, 10.0.N.254 to the nodes behind it.
nat() {
    node "$1" "$2"
    ip -n "$1" link add br1 type bridge
    ip -n "$1" addr add "10.0.$2.254/24" dev br1
    ip -n "$1" link set br1 up
    at "$1" sysctl -qw net.ipv4.ip_forward=1
    nat_ports "$1" 20000
}

# nat_ports NAT FIRST: it forgets what it knew, and gives ports from FIRST on.
nat_ports() {
    at "$1" iptables-legacy -t nat -F POSTROUTING
    at "$1" iptables-legacy -t nat -A POSTROUTING -o eth0 -p udp -j MASQUERADE --to-ports "$2-$(($2 + 999))"
    at "$1" conntrack -F > "/run/$1/conntrack" 2>&1
}

# nat_memory NAT SECONDS: how long it remembers those that are silent.
nat_memory() {
    at "$1" sysctl -qw "net.netfilter.nf_conntrack_udp_timeout=$2" "net.netfilter.nf_conntrack_udp_timeout_stream=$2"
}

# node_behind NAT NAME N: a node whose eth0 is behind the NAT, with the address that `inside` says.
node_behind() {
    node "$2" "$3"
    eval "inside_$2=10.0.$(number "$1").$3"
    ip -n segment link set "$2" netns "$1"
    ip -n "$1" link set "$2" master br1 up
    ip -n "$2" addr flush dev eth0
    ip -n "$2" addr add "$(inside "$2")/24" dev eth0
    ip -n "$2" route add default via "10.0.$(number "$1").254"
}
inside() { eval "echo \$inside_$1"; }

# mgre_behind NODE: like mgre, for a node behind a NAT.
mgre_behind() {
    ip -n "$1" link add gre1 type gre local "$(inside "$1")" key "$GRE_KEY" ttl 64
    ip -n "$1" addr add "$(inner "$1")/24" dev gre1
    ip -n "$1" link set gre1 up mtu 1400 multicast on
}

# resolve_behind NODE PEER NAT: the peer's tunnel address is where the NAT is.
resolve_behind() { ip -n "$1" neigh replace "$(inner "$2")" lladdr "$(outer "$3")" dev gre1; }

# mgre NODE [KEY]: the node's keyed multipoint GRE tunnel, gre1.
mgre() {
    ip -n "$1" link add gre1 type gre local "$(outer "$1")" key "${2:-$GRE_KEY}" ttl 64
    ip -n "$1" addr add "$(inner "$1")/24" dev gre1
    ip -n "$1" link set gre1 up mtu 1400 multicast on
}

# resolve NODE PEER: what NHRP would find out, where the peer's tunnel address is.
resolve() { ip -n "$1" neigh replace "$(inner "$2")" lladdr "$(outer "$2")" dev gre1; }

# at NODE COMMAND...: runs COMMAND in the node; paths are absolute.
at() { (become "$@"); }

# become NODE COMMAND... &: the same in the background, so that $! is COMMAND's.
become() {
    eval "holder=\$holder_$1"
    shift
    # shellcheck disable=SC2154  # assigned by eval
    exec nsenter -t "$holder" -n -m -- "$@"
}

# gre NODE END: one end (1 or 2) of point-to-point tunnels with the lab's key. Standard input has a line for each: a number N
# and the outer addresses of ends 1 and 2. Device greN gets the address 10.255.N.END. It is silent until somebody pings:
# it has no IPv6.
gre() {
    at "$1" sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
    while read -r tunnel first second; do
        case $2 in
            1) local=$first remote=$second ;;
            2) local=$second remote=$first ;;
        esac
        echo "link add gre$tunnel type gre local $local remote $remote key $GRE_KEY ttl 64"
        echo "link set gre$tunnel mtu 1400 up"
        echo "address add 10.255.$tunnel.$2/24 dev gre$tunnel"
    done > "/run/$1.links"
    ip -n "$1" -batch "/run/$1.links"
}

# ping_tunnel NODE PEER [COUNT]: pings through the tunnel; each reply must come.
ping_tunnel() {
    at "$1" ping -c "${3:-1}" -i 0.2 -W 2 "$(inner "$2")" > "/run/ping.$1" 2>&1 || { cat "/run/ping.$1"; return 1; }
    cat "/run/ping.$1"
    grep -q ' 0% packet loss' "/run/ping.$1"
}

# counted NODE PROTOCOL FIELD: a counter of its kernel's, of /proc/net/snmp: Udp OutDatagrams, say.
counted() {
    at "$1" awk -v protocol="$2:" -v field="$3" '
        $1 == protocol && !named { for (i = 2; i <= NF; i++) name[i] = $i; named = 1; next }
        $1 == protocol { for (i = 2; i <= NF; i++) if (name[i] == field) print $i }' /proc/net/snmp
}

# stream NODE PEER COUNT RATE: packets through the tunnel, RATE a second, each of which the peer's kernel answers
# (it-tests/src/main/java/ikebana/lab/Echoes.java): three times as many a second as ping can send here.
# $stream_NODE is the process; await_stream NODE waits until all is sent.
stream() {
    counted "$1" Icmp InEchoReps > "/run/stream.$1"
    become "$1" "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx32m --enable-native-access=ALL-UNNAMED \
        -cp "$LAB_HOME/../target/classes:$package/lib/*" ikebana.lab.Echoes "$(inner "$2")" "$3" "$4" \
        > "$LAB_OUT/$1/stream" 2>&1 &
    eval "stream_$1=$! streamed_$1=$3 streamed_to_$1=$2"
}
await_stream() { eval "wait \$stream_$1" || :; }
# unanswered NODE: how many packets of its stream have not been answered.
unanswered() { eval "echo \$((streamed_$1 - $(counted "$1" Icmp InEchoReps) + $(cat "/run/stream.$1")))"; }
# all_answered NODE: none is missing; says, too, what the two kernels have dropped and why.
all_answered() {
    for end in "$1" "$(eval "echo \$streamed_to_$1")"; do
        at "$end" grep -v '\s0$' /proc/net/xfrm_stat | sed "s/^/at $end: /"
    done
    awk '{ print "the kernel had no room for 0x" $2 " packets" }' /proc/net/softnet_stat
    echo "$(unanswered "$1") are missing"
    grep '^sent' "$LAB_OUT/$1/stream" && [ "$(unanswered "$1")" = 0 ]
}
# stream_rate NODE: how many a second it has sent, and in which time: "1000 a second in 40.0 s".
stream_rate() { sed -n 's/^sent [0-9]* in \(.*\), \(.*\)/\2 in \1/p' "$LAB_OUT/$1/stream"; }

# first_ping NODE PEER: pings until a tunnel has come up; the packets that ask for it are lost.
first_ping() { eventually 20 at "$1" ping -c 1 -W 0.5 -q "$(inner "$2")"; }

# ---- what the kernel says

# policies NODE: its policies, without those that belong to a socket.
policies() { ip -n "$1" xfrm policy list nosock; }

# states NODE [SELECTION...]: its SAs, without larval ones, one line each.
states() {
    node=$1
    shift
    ip -n "$node" -o xfrm state list "$@" | grep -v 'spi 0x00000000' || :
}

# sa_pairs NODE PEER: how many SAs lead from NODE to PEER, and back.
sa_pairs() {
    echo "$(states "$1" src "$(outer "$1")" dst "$(outer "$2")" | wc -l) out," \
        "$(states "$1" src "$(outer "$2")" dst "$(outer "$1")" | wc -l) in"
}

# esp_packets NODE out|in: how many packets its present SAs have carried.
esp_packets() {
    case $2 in
        out) side=src ;;
        in) side=dst ;;
    esac
    ip -n "$1" -s xfrm state list "$side" "$(outer "$1")" | awk '
        /lifetime current/ { getline; split($0, field, /[(), ]+/); sum += field[4] }
        END { print sum + 0 }'
}

# xfrm_counter NODE NAME: a counter of /proc/net/xfrm_stat.
xfrm_counter() { at "$1" awk -v name="$2" '$1 == name { print $2 }' /proc/net/xfrm_stat; }

# watch_kernel NODE: records its acquires and SAs with their times, in /run/log/xfrm.
watch_kernel() {
    become "$1" ip -ts xfrm monitor acquire SA > "$LAB_OUT/$1/xfrm" 2>&1 &
    eventually 10 listening "$1" $!
}

# Protocol 6 is NETLINK_XFRM; the groups are a mask.
listening() {
    at "$1" awk -v pid="$2" '$2 == 6 && $3 == pid && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink
}

# acquire_to_sa NODE: the milliseconds from each acquire to the outbound SA after it, as watch_kernel saw them.
acquire_to_sa() {
    awk -v own="$(outer "$1")" '
        !/^\[/ { next }
        { split(substr($1, 13), part, /[:\]]/); now = (part[1] * 60 + part[2]) * 60 + part[3] }
        $2 == "acquire" { if (!asked) asked = now; next }
        $(NF - 3) == "src" && $(NF - 2) == own && asked {
            took = now - asked
            if (took < 0) took += 24 * 60 * 60
            printf "%.1f\n", took * 1000
            asked = 0
        }' "$LAB_OUT/$1/xfrm"
}

# median: of the numbers on standard input, one a line.
median() { sort -n | awk '{ number[NR] = $1 } END { print (number[int((NR + 1) / 2)] + number[int(NR / 2) + 1]) / 2 }'; }

# ---- the wire

# capture NODE: records what passes its eth0 in /run/log/eth0.pcap.
capture() {
    become "$1" tcpdump -i eth0 -n --immediate-mode -U -w /run/log/eth0.pcap \
        'esp or proto gre or icmp or udp port 500 or udp port 4500 or ip[6:2] & 0x1fff != 0' 2> "/run/$1/tcpdump" &
    eval "tcpdump_$1=$!"
    eventually 10 grep -q 'listening on' "/run/$1/tcpdump"
}

# end_capture NODE: ends it when all that came before now is in the file: a
# last ping, of a size that nobody else sends, has been seen there.
end_capture() {
    at "$1" ping -c 1 -W 5 -s 177 192.0.2.254 > /dev/null
    eventually 10 in_capture "$1" 'icmp and ip[2:2] == 205 and icmp[icmptype] == icmp-echoreply'
    eval "kill \$tcpdump_$1; wait \$tcpdump_$1 || :"
}

# in_capture NODE FILTER: does the capture hold a packet like this?
in_capture() { [ "$(captured "$@")" -gt 0 ]; }

# captured NODE FILTER: how many packets like this the capture holds.
captured() { tcpdump -n -r "$LAB_OUT/$1/eth0.pcap" "$2" 2> "/run/$1/tcpdump.read" | wc -l; }

# A filter: fragments of IKE (RFC 7383), that is, messages whose first payload is an SKF, on either port.
IKE_FRAGMENT='((udp port 500 and udp[24] == 53) or (udp port 4500 and udp[8:4] == 0 and udp[28] == 53))'

# no_ip_fragment NODE CAPTURER: the node's kernel has neither made IP fragments nor put any together, and none is in the
# capture of CAPTURER.
no_ip_fragment() {
    at "$1" awk '
        $1 == "Ip:" && !named { for (i = 2; i <= NF; i++) name[i] = $i; named = 1; next }
        $1 == "Ip:" { for (i = 2; i <= NF; i++) if (name[i] ~ /^(Reasm|Frag)/) { print name[i], $i; sum += $i } }
        END { exit sum > 0 }' /proc/net/snmp || return 1
    if in_capture "$2" 'ip[6:2] & 0x3fff != 0'; then
        tcpdump -n -c 5 -r "$LAB_OUT/$2/eth0.pcap" 'ip[6:2] & 0x3fff != 0'
        return 1
    fi
}

# no_clear_gre NODE: the capture has been ended, holds ESP, and no GRE in the clear.
no_clear_gre() {
    in_capture "$1" esp || { echo "no ESP in the capture"; return 1; }
    if in_capture "$1" 'proto gre'; then
        tcpdump -n -c 5 -r "$LAB_OUT/$1/eth0.pcap" 'proto gre'
        return 1
    fi
}

# ---- daemons

# charon NODE [FILE [SETTINGS]]: starts strongSwan with FILE or the scenario's NODE.swanctl.conf, and waits
# for its trap policies or connections to be loaded. SETTINGS are lines for the section `charon` of its own
# settings, besides charon.conf: 'cookie_threshold = 1', say.
charon() {
    mkdir -p "/run/$1/swanctl"
    cp -r /etc/swanctl/. "/run/$1/swanctl"
    cp "${2-$here/$1.swanctl.conf}" "/run/$1/swanctl/swanctl.conf"
    at "$1" mount --bind /run/swanctl /etc/swanctl
    printf 'include %s\ncharon {\n%s\n}\n' "$LAB_HOME/charon.conf" "${3-}" > "/run/$1/strongswan.conf"
    become "$1" env STRONGSWAN_CONF=/run/strongswan.conf charon-systemd > "$LAB_OUT/$1/charon.out" 2>&1 &
    eval "charon_$1=$!"
    eventually 30 test -S "/run/$1/charon.vici"
    at "$1" swanctl --load-all --noprompt > "$LAB_OUT/$1/swanctl.out" 2>&1
}

# pluto NODE [FOLDER]: starts libreswan with ipsec.conf and ipsec.secrets of FOLDER, or with the scenario's
# NODE.ipsec.conf and NODE.ipsec.secrets, and waits for its connections to be loaded. Its log is /run/log/pluto.log.
# FOLDER may have certificates with their keys, as NAME.p12 under the password `lab`, and root.pem, whom it believes.
pluto() {
    [ -e /usr/libexec/ipsec/pluto ] || cp -a "$LAB_LIBRESWAN/usr" "$LAB_LIBRESWAN/etc" /
    mkdir -p /var/lib/ipsec "/run/$1/ipsec/nss" "/run/$1/pluto"
    for file in ipsec.conf ipsec.secrets; do
        cp "${2-$here/$1.}${2:+/}$file" "/run/$1/$file"
        at "$1" mount --bind "/run/$file" "/etc/$file"
    done
    at "$1" mount --bind /run/ipsec /var/lib/ipsec
    at "$1" certutil -N -d sql:/var/lib/ipsec/nss --empty-password # where it keeps keys, even if it has none
    [ ! -e "${2-}/root.pem" ] || at "$1" certutil -A -d sql:/var/lib/ipsec/nss -n root -t CT,, -i "$2/root.pem"
    for file in "${2-}"/*.p12; do
        [ ! -e "$file" ] || at "$1" pk12util -d sql:/var/lib/ipsec/nss -i "$file" -W lab > "$LAB_OUT/$1/pk12util.out"
    done
    become "$1" /usr/libexec/ipsec/pluto --nofork --config /etc/ipsec.conf --logfile /run/log/pluto.log \
        > "$LAB_OUT/$1/pluto.out" 2>&1 &
    eval "pluto_$1=$!"
    eventually 30 test -S "/run/$1/pluto/pluto.ctl"
    # It loads its connections by itself, in the background.
    eventually 30 plutos_connections "$1"
}
plutos_connections() {
    [ "$(grep -c ': added IKEv2 connection' "$LAB_OUT/$1/pluto.log")" -ge "$(grep -c '^conn [^%]' "/run/$1/ipsec.conf")" ]
}

# whack NODE ORDER...: an order to its libreswan.
whack() {
    node=$1
    shift
    at "$node" /usr/libexec/ipsec/whack "$@"
}

# ikebana NODE [SETTINGS]: starts the daemon with SETTINGS or the scenario's NODE.conf, and waits until it is ready.
# Several nodes start sooner side by side: start_ikebana each, then await_ikebana each.
ikebana() { start_ikebana "$@" && await_ikebana "$1"; }

package=$(readlink -f "$LAB_HOME/../..")/daemon/target/ikebana

# The log of an earlier life of the same node is kept beside it.
start_ikebana() {
    [ -x "$package/bin/ikebana" ] || fail "the daemon is packaged in $package"
    log=$LAB_OUT/$1/ikebana.log
    [ ! -e "$log" ] || mv "$log" "$log.$(($(find "$LAB_OUT/$1" -name 'ikebana.log*' | wc -l)))"
    : > "$log" # who looks whether it is ready looks here, at once
    become "$1" "$package/bin/ikebana" --config "${2-$here/$1.conf}" > "$log" 2>&1 &
    eval "ikebana_$1=$!"
}

# A daemon that has ended will never be ready: that is told at once.
await_ikebana() {
    eventually 120 ready_or_ended "$1" || :
    check "the daemon of $1 is ready" ready "$1"
}
ready_or_ended() { ready "$1" > /run/ready || eval "! kill -0 \$ikebana_$1 2> /dev/null"; }
# It takes orders; its own word for that is cheaper to look for, and comes first.
ready() {
    { grep -q ' takes orders at ' "$LAB_OUT/$1/ikebana.log" && ikebanactl "$1" list; } \
        || not tail -n 20 "$LAB_OUT/$1/ikebana.log"
}

# hook NODE: puts a program for the daemon's hooks at the node's /run/hook; what it hears is in /run/log/hooks, one
# event and peer a line. It finds that from outside of the node, too.
hook() {
    printf '#!/bin/sh\necho "$IKEBANA_EVENT $IKEBANA_REMOTE" >> "%s/hooks"\n' "$LAB_OUT/$1" > "/run/$1/hook"
    chmod +x "/run/$1/hook"
}

# ikebanactl NODE ORDER...
ikebanactl() {
    node=$1
    shift
    at "$node" "$package/bin/ikebanactl" "$@"
}
