# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# The part of the demo that Redoubt is for. Sourced by demo.sh, whose title and prove it uses, beside a trust site that is apart: what the owner of the
# workload does, with the key broker and the registry, is on one network, the operator's node on another.
# shellcheck shell=bash disable=SC2154

owner=$work/owner
mkdir "$owner"
demo=common/sdk/demo

owner() { printf '\033[2mowner$ %s\033[0m\n' "$*"; nsenter --net="$REDOUBT_TRUST_NETWORK" "$@"; }
operator() { printf '\033[2moperator$ %s\033[0m\n' "$*"; "$@"; }

title "Confidential: the owner of a workload, where he trusts the machine"
echo "A language model, trained on Debian's documentation, and a server that answers by it go into a layer of an image, which is encrypted:"
$demo/model_image.py "$owner/plain" "$owner/weights"
head -c 32 /dev/urandom >"$owner/image.key"
owner redoubtctl image encrypt --key kbs:///oracle/key/image --key-file "$owner/image.key" --layer 0 "oci:$owner/plain:latest" "oci:$owner/encrypted:latest"
oracle=$registry/oracle@$(jq -r '.manifests[0].digest' "$owner/encrypted/index.json")
push "$owner/encrypted" oracle

echo "The server's key and certificate. The certificate he publishes, the key only the broker has:"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=The oracle" -addext subjectAltName=DNS:oracle.redoubt.example \
    -keyout "$owner/tls.key" -out "$owner/tls.crt" 2>/dev/null
owner openssl x509 -in "$owner/tls.crt" -noout -fingerprint -sha256

make_initdata() { # name, of NAME.rego: NAME.toml
    redoubtctl initdata build --policy "$owner/$1.rego" --broker "$REDOUBT_KBS/tenants/$REDOUBT_KBS_TENANT" --broker-cert "$REDOUBT_KBS_CA" -o "$owner/$1.toml" >/dev/null
}
describe() { # name rights command: NAME.yaml, NAME.rego and NAME.toml
    printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec:\n  containers:\n  - {name: %s, image: "%s"%s}\n' "$1" "$1" "$oracle" "${3:+, command: $3}" >"$owner/$1.yaml"
    printf '{"workload_api": [%s]}' "$2" >"$owner/$1.json"
    owner redoubtctl policy generate "$owner/$1.yaml" --node redoubt --settings "$owner/$1.json" --image-config "$oracle=$owner/encrypted" -o "$owner/$1.rego"
    make_initdata "$1"
}
echo "What its guest may be asked to do, which secrets which container may fetch, and where from, is measured as initdata:"
describe oracle '{"container": "oracle", "resources_like": ["oracle/tls/(key|certificate)"]}'
owner redoubtctl confidential explain "$owner/oracle.yaml" --processor simulation --initdata "$owner/oracle.toml" --image "$oracle=$owner/encrypted" \
    --kernel build/guest-image/vmlinuz --initrd build/guest-image/initramfs-confidential.cpio

echo "The broker has the secrets, and a policy that says for whom: guests whose launch, initdata and firmware are all listed."
cat >"$owner/release.rego" <<'REGO'
package policy
import rego.v1
allow if {
    input.submods.cpu0["ear.status"] == "affirming"
    data["resource-path"] in [["oracle", "key", "image"], ["oracle", "tls", "key"], ["oracle", "tls", "certificate"]]
}
REGO
owner redoubtctl trust policy set resource "$owner/release.rego"
owner redoubtctl trust resource set oracle/key/image --file "$owner/image.key"
owner redoubtctl trust resource set oracle/tls/key --file "$owner/tls.key"
owner redoubtctl trust resource set oracle/tls/certificate --file "$owner/tls.crt"
printf '{"snp_bootloader": [4], "snp_microcode": [219], "snp_snp_svn": [24], "snp_tee_svn": [0]}' >"$owner/firmware.json"
owner redoubtctl trust reference-value add --file "$owner/firmware.json"

run_oracle() { # [flag...] image [command...]: by the name that the policy has
    redoubtctl rm -f oracle >/dev/null 2>&1 || true
    redoubtctl run --name oracle --runtime confidential "$@" 2>&1
}

title "The operator: his node pulls what it cannot read"
operator redoubtctl image pull --tls-verify=false "$oracle"
echo "A guest that its owner has not listed gets no key:"
said=$(run_oracle -d --initdata "$owner/oracle.toml" "$oracle" || true)
cut -c1-600 <<<"$said"
prove "a guest that its owner has not listed gets no key" grep -q "the broker answers 401: PolicyDeny" <<<"$said"
measurement=$(owner redoubtctl trust audit show | grep -oE 'snp_launch_measurement [0-9a-f]{96}' | tail -1 | cut -d' ' -f2)

echo "The owner lists what the broker has seen (and compares it below with what he computes), and the initdata's digest:"
owner redoubtctl trust reference-value add snp_launch_measurement "$measurement"
owner redoubtctl trust reference-value add init_data "$(redoubtctl initdata show "$owner/oracle.toml" --json | jq -r .host_data)"

title "The listed guest: attested, the image decrypted inside"
before=$SECONDS
prove "the listed guest runs the encrypted image" run_oracle -d --publish 8443:8443 --initdata "$owner/oracle.toml" "$oracle"
echo "running after $((SECONDS - before)) s"
operator redoubtctl ps
sandbox=$(redoubtctl inspect oracle | jq '(if type == "array" then .[0] else . end).sandbox')
computed=$(redoubt-measure snp --firmware "$(jq -r .confidential.firmware <<<"$sandbox")" --kernel build/guest-image/vmlinuz --initrd build/guest-image/initramfs-confidential.cpio \
    --append "$(jq -r .kernel_cmdline <<<"$sandbox")" --vcpus "$(jq -r .vcpus <<<"$sandbox")" --vcpu-type EPYC-v4 --json | jq -r .measurement)
prove "the measurement is what redoubt-measure computes of kernel, initramfs and command line" test "$computed" = "$measurement"

# shellcheck source=common/sdk/demo/prompts.sh
source $demo/prompts.sh

title "What the operator may not"
refuse() { # what said-pattern command...
    local what=$1 pattern=$2 said; shift 2
    printf '\033[2moperator$ %s\033[0m\n' "$*"
    if said=$("$@" 2>&1); then prove "refused: $what" false; fi
    tail -n 4 <<<"$said" | cut -c1-400
    prove "refused: $what" grep -qE "$pattern" <<<"$said"
}
refuse "exec into it, with the reason" "ExecProcessRequest is blocked by policy: .+" redoubtctl exec oracle sh
echo "Its output is redacted: the server has said a word, and neither logs nor attach has it."
operator redoubtctl logs oracle | tee "$work/heard"
operator timeout 3 redoubtctl attach --no-stdin oracle 2>&1 | tee -a "$work/heard" || true
[[ $(grep -vc 'operator\$' "$work/heard" || true) != 0 ]] || echo "(nothing)"
prove "logs and attach show only redaction" eval "! grep -q 'the oracle answers' '$work/heard'"
refuse "another command in it" "CreateContainerRequest is blocked by policy" run_oracle --initdata "$owner/oracle.toml" "$oracle" sh -c 'cat /oracle/weights'
refuse "the image at level vm" "confidential" redoubtctl run "$oracle"
redoubtctl rm -f oracle >/dev/null 2>&1 || true

title "What a host may change, and what becomes of it"
describe intruder '{"container": "intruder", "resources_like": [], "evidence": true}' "[/usr/bin/python3, -EsB, /oracle/intruder.py, \"$REDOUBT_KBS/tenants/$REDOUBT_KBS_TENANT\"]"
push "$images/busybox" oracle # an image of the operator's own under the name
prove "a host that changes anything of the launch, the policy or the image gets no key" $demo/tamper_table.py "$owner" "$oracle"
