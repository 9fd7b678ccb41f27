# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# The part of the demo that Redoubt is for. Sourced by demo.sh, whose title, show and prove it uses, beside a trust site.
# shellcheck shell=bash disable=SC2154

owner=$work/owner
secret=oracle/key/image
mkdir "$owner"

title "Confidential: the owner of a workload, where he trusts the machine"
echo "His language model, trained on Debian's documentation, goes into an image's layer, and that is encrypted:"
common/sdk/demo/model_image.py "$owner/plain"
head -c 32 /dev/urandom >"$owner/image.key"
show redoubtctl image encrypt --key "kbs:///$secret" --key-file "$owner/image.key" --layer 1 "oci:$owner/plain:latest" "oci:$owner/encrypted:latest"
digest=$(jq -r '.manifests[0].digest' "$owner/encrypted/index.json")
oracle=$registry/oracle@$digest
skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$owner/encrypted:latest" "docker://$registry/oracle:latest"

cat >"$owner/pod.yaml" <<POD
apiVersion: v1
kind: Pod
metadata: {name: oracle}
spec:
  containers:
  - {name: oracle, image: "$oracle"}
POD
make_initdata() { # policy out
    redoubtctl initdata build --policy "$1" --broker "$REDOUBT_KBS/tenants/$REDOUBT_KBS_TENANT" --broker-cert "$REDOUBT_KBS_CA" -o "$2" >/dev/null
}
echo "What its guest may be asked to do, and whom that guest may ask for the key, become the guest's initdata:"
show redoubtctl policy generate "$owner/pod.yaml" --node redoubt --image-config "$oracle=$owner/encrypted" -o "$owner/policy.rego"
make_initdata "$owner/policy.rego" "$owner/initdata.toml"
show redoubtctl initdata show "$owner/initdata.toml" | head -4

echo "The broker has the key, and a policy that names it:"
printf 'package policy\nimport rego.v1\nallow if data["resource-path"] == ["oracle", "key", "image"]\n' >"$owner/release.rego"
show redoubtctl trust policy set resource "$owner/release.rego"
show redoubtctl trust resource set "$secret" --file "$owner/image.key"
printf '{"snp_bootloader": [4], "snp_microcode": [219], "snp_snp_svn": [24], "snp_tee_svn": [0]}' >"$owner/firmware.json"
show redoubtctl trust reference-value add --file "$owner/firmware.json"

run_oracle() { # [flag...] image [command...]: by the name that the policy has
    redoubtctl rm -f oracle >/dev/null 2>&1 || true
    redoubtctl run --name oracle --runtime confidential "$@" 2>&1
}

title "The operator: his node pulls what it cannot read"
show redoubtctl image pull --tls-verify=false "$oracle"
echo "A guest that its owner has not listed gets no key:"
said=$(run_oracle -d --initdata "$owner/initdata.toml" "$oracle" || true)
cut -c1-600 <<<"$said"
prove "a guest that its owner has not listed gets no key" grep -q "the broker answers 401: PolicyDeny" <<<"$said"
measurement=$(redoubtctl trust audit show | grep -oE 'snp_launch_measurement [0-9a-f]{96}' | tail -1 | cut -d' ' -f2)

echo "He lists what the broker has seen (and compares it below with what he computes), and the initdata's digest:"
show redoubtctl trust reference-value add snp_launch_measurement "$measurement"
show redoubtctl trust reference-value add init_data "$(redoubtctl initdata show "$owner/initdata.toml" --json | jq -r '.host_data')"

title "The listed guest: attested, the image decrypted inside"
prove "the listed guest runs the encrypted image" run_oracle -d --initdata "$owner/initdata.toml" "$oracle"
show redoubtctl ps
sandbox=$(redoubtctl inspect oracle | jq '(if type == "array" then .[0] else . end).sandbox')
computed=$(redoubt-measure snp --firmware "$(jq -r .confidential.firmware <<<"$sandbox")" --kernel build/guest-image/vmlinuz --initrd build/guest-image/initramfs-confidential.zst \
    --append "$(jq -r .kernel_cmdline <<<"$sandbox")" --vcpus "$(jq -r .vcpus <<<"$sandbox")" --vcpu-type EPYC-v4 --json | jq -r .measurement)
prove "the measurement is what redoubt-measure computes of kernel, initramfs and command line" test "$computed" = "$measurement"
address=$(redoubtctl inspect oracle | jq -r '(if type == "array" then .[0] else . end).sandbox.interfaces[0].addresses[0] | split("/")[0]')
answer=""
for _ in {1..100}; do answer=$(curl -sf --max-time 20 "http://$address:8080/cgi-bin/answer?virtual+machine" || true); [[ -n $answer ]] && break; sleep 0.2; done
echo "prompt: virtual machine"; echo "answer: $answer"
prove "an encrypted language model answers from its confidential guest" grep -q '^virtual machine ' <<<"$answer"
show redoubtctl trust audit show | tail -1

title "What the operator may not"
rows=()
refuse() { # what said-pattern command...
    local what=$1 pattern=$2; shift 2
    local said
    if said=$("$@" 2>&1); then prove "refused: $what" false; fi
    prove "refused: $what" grep -qE "$pattern" <<<"$said"
    rows+=("$(printf '%-48s %s' "$what" "$(tail -1 <<<"$said" | cut -c1-120)")")
}
refuse "exec into it" "blocked by policy" redoubtctl exec oracle sh
proved_logs=$(redoubtctl logs oracle 2>&1 || true)
prove "its output is redacted for the host" test -z "$proved_logs"
refuse "another command in it" "blocked by policy" \
    run_oracle --initdata "$owner/initdata.toml" "$oracle" sh -c 'cat /model/trigrams'
sed 's/^default ExecProcessRequest := false/default ExecProcessRequest := true/' "$owner/policy.rego" >"$owner/operators.rego"
make_initdata "$owner/operators.rego" "$owner/operators.toml"
refuse "his own initdata" "PolicyDeny: .*init data" run_oracle --initdata "$owner/operators.toml" "$oracle"
skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$images/busybox:latest" "docker://$registry/oracle:latest"
redoubtctl image pull -q --tls-verify=false "$registry/oracle:latest" >/dev/null
refuse "an unencrypted image under the same name" "blocked by policy" \
    run_oracle --initdata "$owner/initdata.toml" "$registry/oracle:latest"
refuse "the image at level vm" "confidential" redoubtctl run "$oracle"
printf '%s\n' "${rows[@]}"
for left in $(redoubtctl ps -aq); do redoubtctl rm -f "$left" >/dev/null; done
