// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void add_list(CLI::App* verb, const std::string& flag, std::vector<std::string>& list,
              const std::string& help, const std::string& type) {
    verb->add_option(flag, list, help)->allow_extra_args(false)->type_name(type);
}

void add_text(CLI::App* verb, const std::string& flag, std::string& text, const std::string& help,
              const std::string& type) {
    verb->add_option(flag, text, help)->type_name(type);
}

void declare_inputs(CLI::App* verb, EvidenceVerifyOptions& options) {
    verb->add_option("--tee", options.tee, "snp, tdx or tpm")->required()->type_name("TEE");
    verb->add_option("--evidence", options.evidence, "Report, quote, event log or certificate")
        ->required()
        ->type_name("FILE");
    add_text(verb, "--kind", options.kind,
             "What the file is: evidence (default), certificate, cert-table,\nid-block, event-log, "
             "td-report, creation",
             "KIND");
    add_list(verb, "--certs", options.certs, "Certificates, revocation lists or a certificate table",
             "FILE|DIR");
    add_list(verb, "--anchor", options.anchors, "Root to trust beside those built in", "FILE");
    add_text(verb, "--collateral", options.collateral, "Folder of TDX collateral", "DIR");
    add_text(verb, "--tcb-info", options.tcb_info, "TCB info, before the folder's", "FILE");
    add_text(verb, "--qe-identity", options.qe_identity, "QE identity, before the folder's", "FILE");
    add_text(verb, "--pck-crl", options.pck_crl, "Revocation list of the PCK authority", "FILE");
    add_text(verb, "--root-crl", options.root_crl, "Revocation list of the root", "FILE");
    add_text(verb, "--event-log", options.event_log, "Event log that has to explain the registers", "FILE");
    add_text(verb, "--at", options.at, "Verify as of 2026-01-31 or 2026-01-31T08:00:00Z; default now",
             "DATE");
}

void declare_expectations(CLI::App* verb, EvidenceVerifyOptions& options) {
    add_text(verb, "--report-data", options.report_data, "Expected report data", "HEX");
    add_list(verb, "--measurement", options.measurements, "Expected launch digest or MRTD; any of several",
             "HEX");
    add_list(verb, "--host-data", options.host_data, "Expected HOST_DATA or MRCONFIGID; any of several",
             "HEX");
    add_list(verb, "--id-key-digest", options.id_key_digests, "Expected digest of the ID key", "HEX");
    add_list(verb, "--author-key-digest", options.author_key_digests, "Expected digest of the author key",
             "HEX");
    add_list(verb, "--register", options.registers, "Expected register: rtmr0=HEX, mrowner=HEX, sha256:7=HEX",
             "NAME=HEX");
    verb->add_flag("--allow-debug", options.allow_debug, "Accept guests the host may debug");
    verb->add_flag("--allow-simulation", options.allow_simulation, "Accept anchors of the simulation class");
}

void declare_snp(CLI::App* verb, EvidenceVerifyOptions& options) {
    add_text(verb, "--product", options.product, "Expected generation: milan, genoa or turin", "NAME");
    verb->add_flag("--allow-vlek", options.allow_vlek, "Accept reports signed by a VLEK");
    add_list(verb, "--csp-id", options.csp_ids, "Operator whose VLEKs are accepted; default any", "NAME");
    verb->add_flag("--allow-migration", options.allow_migration, "Accept guests with a migration agent");
    verb->add_flag("--refuse-smt", options.refuse_smt, "Refuse guests that may run with SMT");
    verb->add_flag("--require-crl", options.require_crl, "Refuse when there is no fresh revocation list");
    add_text(verb, "--vmpl", options.vmpl, "Expected privilege level, or any; default 0", "LEVEL");
    add_text(verb, "--min-tcb", options.min_tcb, "Least reported TCB: bootloader=4,snp=23,microcode=213",
             "LIST");
    add_text(verb, "--min-committed-tcb", options.min_committed_tcb, "Least committed TCB", "LIST");
    add_text(verb, "--min-firmware", options.min_firmware, "Least committed firmware: 1.55.29", "VERSION");
    verb->add_option("--min-guest-svn", options.min_guest_svn, "Least security version of the guest")
        ->type_name("NUMBER");
    add_text(verb, "--platform-info", options.platform_info_required,
             "Bits of platform info that must be one", "NUMBER");
    add_text(verb, "--no-platform-info", options.platform_info_forbidden, "Bits that must be zero", "NUMBER");
    add_text(verb, "--id-block", options.id_block, "ID block the guest was launched with", "FILE");
    add_text(verb, "--id-auth", options.id_auth, "Its authentication information", "FILE");
}

void declare_tdx_and_tpm(CLI::App* verb, EvidenceVerifyOptions& options) {
    add_list(verb, "--allow-status", options.allow_status, "TCB status to accept beside UpToDate", "STATUS");
    add_list(verb, "--allow-advisory", options.allow_advisories, "Advisory to accept with such a status",
             "ID");
    verb->add_option("--min-evaluation-number", options.min_evaluation_number,
                     "Least TCB evaluation data number")
        ->type_name("NUMBER");
    add_text(verb, "--signature", options.signature, "Signature of the TPM's message", "FILE");
    add_text(verb, "--ak", options.ak, "Attestation key that is enrolled: TPMT_PUBLIC, TPM2B_PUBLIC or PEM",
             "FILE");
    add_text(verb, "--ak-cert", options.ak_cert, "Certificate of the attestation key", "FILE");
    add_text(verb, "--pcrs", options.pcrs, "Values of the quoted PCRs, JSON or tpm2-tools' form", "FILE");
    add_text(verb, "--nonce", options.nonce, "Expected nonce", "HEX");
    add_text(verb, "--hcl-report", options.hcl_report, "Azure's report that binds the attestation key",
             "FILE");
    add_text(verb, "--td-quote", options.td_quote, "TD quote for that report", "FILE");
    add_list(verb, "--require-pcrs", options.required_pcrs, "PCRs that have to be quoted: sha256:0,4,7",
             "BANK:LIST");
    add_text(verb, "--creation-data", options.creation_data, "Creation data of the attestation key", "FILE");
    verb->add_flag("--allow-sha1", options.allow_sha1, "Accept SHA-1 banks and signatures");
}

} // namespace

void declare_evidence_verbs(CLI::App& app, ParseState& state) {
    CLI::App* group = app.add_subcommand("evidence", "Attestation evidence: verify");
    group->set_help_flag("--help", "Show this help");
    CLI::App* verb = add_verb(*group, state, "verify", "Verify evidence offline and explain the verdict");
    declare_inputs(verb, state.evidence);
    declare_expectations(verb, state.evidence);
    declare_snp(verb, state.evidence);
    declare_tdx_and_tpm(verb, state.evidence);
    state.take[verb] = [&state]() -> Verb { return state.evidence; };
}

} // namespace redoubt::ctl
