// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/default_policy.hpp"

namespace redoubt::services::attestation {
namespace {

// Tiers of AR4SI: 2 and 3 affirm, 33 and 36 warn, 97 contraindicates.
constexpr std::string_view k_cpu_policy = R"rego(
package policy

import rego.v1

default executables := 33

default hardware := 97

default configuration := 36

trust_claims := {
    "executables": executables,
    "hardware": hardware,
    "configuration": configuration,
}

listed(name, value) if value in query_reference_value(name)

# AMD SEV-SNP
executables := 3 if listed("snp_launch_measurement", input.snp.measurement)

hardware := 2 if {
    listed("snp_bootloader", input.snp.reported_tcb_bootloader)
    listed("snp_microcode", input.snp.reported_tcb_microcode)
    listed("snp_snp_svn", input.snp.reported_tcb_snp)
    listed("snp_tee_svn", input.snp.reported_tcb_tee)
}

configuration := 2 if {
    input.snp.policy_debug_allowed == false
    input.snp.policy_migrate_ma == false
    input.snp.vmpl == 0
    listed("init_data", input.init_data)
}

# Intel TDX
executables := 3 if {
    listed("mr_td", input.tdx.quote.body.mr_td)
    listed("rtmr_1", input.tdx.quote.body.rtmr_1)
    listed("rtmr_2", input.tdx.quote.body.rtmr_2)
}

hardware := 2 if input.tdx.tcb_status == "UpToDate"

configuration := 2 if {
    input.tdx.td_attributes.debug == false
    listed("xfam", input.tdx.quote.body.xfam)
    listed("init_data", input.init_data)
}

# A TPM whose attestation key is known
executables := 3 if listed("tpm_pcr11", input.tpm.pcrs.pcr11)

hardware := 2 if listed("trusted_aks", input.tpm.ak_public)

configuration := 2 if {
    input.tpm
    listed("init_data", input.init_data)
}

# A host: the verifier took its box and its registers
executables := 3 if listed("tpm_pcr11", input["redoubt-host"].pcrs.pcr11)

executables := 3 if listed("tpm_pcr4", input["redoubt-host"].pcrs.pcr4)

hardware := 2 if input["redoubt-host"].endorsement_key

configuration := 2 if listed("tpm_pcr7", input["redoubt-host"].pcrs.pcr7)

# SEV-SNP below a paravisor's TPM
executables := 3 if {
    listed("measurement", input["az-snp-vtpm"].measurement)
    listed("snp_pcr11", input["az-snp-vtpm"].tpm.pcr11)
}

hardware := 2 if {
    listed("tcb_bootloader", input["az-snp-vtpm"].reported_tcb_bootloader)
    listed("tcb_microcode", input["az-snp-vtpm"].reported_tcb_microcode)
    listed("tcb_snp", input["az-snp-vtpm"].reported_tcb_snp)
    listed("tcb_tee", input["az-snp-vtpm"].reported_tcb_tee)
}

configuration := 2 if {
    input["az-snp-vtpm"].policy_debug_allowed == false
    input["az-snp-vtpm"].vmpl == 0
    listed("init_data", input.init_data)
}

# TDX below a paravisor's TPM
executables := 3 if {
    listed("mr_td", input["az-tdx-vtpm"].quote.body.mr_td)
    listed("tdx_pcr11", input["az-tdx-vtpm"].tpm.pcr11)
}

hardware := 2 if input["az-tdx-vtpm"].tcb_status == "UpToDate"

configuration := 2 if {
    input["az-tdx-vtpm"].td_attributes.debug == false
    listed("xfam", input["az-tdx-vtpm"].quote.body.xfam)
    listed("init_data", input.init_data)
}
)rego";

} // namespace

std::string_view default_cpu_policy() {
    return k_cpu_policy;
}

} // namespace redoubt::services::attestation
