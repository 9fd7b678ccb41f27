# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Prompts to the running oracle by a client on the owner's network, who knows the published certificate, while the node's operator listens. Sourced by
# confidential.sh.
# shellcheck shell=bash disable=SC2154

title "The client: a prompt over TLS that ends in the container"
prompt="virtual machine and how to attach an encrypted disk to a guest"
ask() { nsenter --net="$REDOUBT_TRUST_NETWORK" $demo/client.py "$owner/tls.crt" "$REDOUBT_NODE_ADDRESS" "$@"; }
for _ in {1..120}; do ask 8443 "are you there" >/dev/null 2>&1 && break; sleep 0.5; done
echo "The operator listens on all interfaces of his node meanwhile:"
answer=$($demo/capture.py "$work/frames" nsenter --net="$REDOUBT_TRUST_NETWORK" $demo/client.py "$owner/tls.crt" "$REDOUBT_NODE_ADDRESS" 8443 "$prompt")
echo "prompt: $prompt"; echo "answer: $answer"
prove "an encrypted language model answers from its attested guest, with the key that only the broker had" test "${#answer}" -gt $((${#prompt} + 16))
echo "To whom the broker has given the server's key, by its log:"
released=$(nsenter --net="$REDOUBT_TRUST_NETWORK" redoubtctl trust audit show --json |
    jq -c 'select(.op == "release" and .decision == "allowed" and (.object | endswith("oracle/tls/key"))) | {object, facts}')
cut -c1-400 <<<"$released"
prove "the broker has given that key once" test "$(wc -l <<<"$released")" = 1
prove "a capture of the whole node holds the handshake for oracle.redoubt.example" $demo/capture.py --finds "$work/frames" oracle.redoubt.example
prove "and neither prompt nor answer" eval '! $demo/capture.py --finds "$work/frames" "$answer" && ! $demo/capture.py --finds "$work/frames" "$prompt"'
$demo/capture.py "$work/clear" nsenter --net="$REDOUBT_TRUST_NETWORK" $demo/client.py --in-the-clear "$REDOUBT_NODE_ADDRESS" 8443 "$answer"
prove "said on the same way in the clear, it does hold them (so the capture sees)" $demo/capture.py --finds "$work/clear" "$answer"

echo "The operator answers in the oracle's place, with a certificate of his own for the name:"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=The oracle" -addext subjectAltName=DNS:oracle.redoubt.example \
    -keyout "$work/his.key" -out "$work/his.crt" 2>/dev/null
openssl s_server -quiet -accept 8444 -cert "$work/his.crt" -key "$work/his.key" </dev/zero >"$work/his.log" 2>&1 &
impostor=$!
for _ in {1..50}; do (: <"/dev/tcp/127.0.0.1/8444") 2>/dev/null && break; sleep 0.1; done
code=0; said=$(ask 8444 "$prompt" 2>&1) || code=$?
kill "$impostor"; wait "$impostor" 2>/dev/null || true
echo "$said"
prove "a client refuses whoever has another key than the attested one, and tells him nothing" eval 'test "$code" = 3 && ! grep -qF "virtual machine" "$work/his.log"'

echo "What the node has kept of it all:"
line=$(awk 'length > 200 { print substr($0, 1, 120); exit }' "$owner/weights")
test -n "$line"
on_node() { # text: whether it is in any file of the node's
    local code=0
    grep -rqF --exclude-dir=netns -e "$1" "$REDOUBT_NODE_STATE" "$REDOUBT_NODE_RUNTIME" "$REDOUBT_NODE_LOG" || code=$?
    echo "$code"
}
prove "no line of the model's weights is in a file of the node, nor of the server's key; its image's digest is (so the search finds)" \
    test "$(on_node "$line") $(on_node "$(sed -n 2p "$owner/tls.key")") $(on_node "${oracle#*@}")" = "1 1 0"
