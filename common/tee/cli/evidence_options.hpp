// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace redoubt::tee::cli {

/// What `redoubtctl evidence verify` was asked for. Texts are as they were typed; verify_evidence() reads
/// them.
struct EvidenceOptions {
    std::string tee;                ///< snp, tdx, tpm
    std::string kind = "evidence";  ///< evidence, certificate, cert-table, event-log, td-report, id-block
    std::string evidence;           ///< file
    std::vector<std::string> certs; ///< files and folders: certificates, revocation lists, certificate tables
    std::vector<std::string> anchors;
    std::string collateral; ///< folder
    std::string tcb_info;   ///< single files, before what the folder has
    std::string qe_identity;
    std::string pck_crl;
    std::string root_crl;
    std::string event_log;
    std::string at;

    // What is expected; hex.
    std::string report_data;
    std::vector<std::string> measurements; ///< SNP launch digest, TDX MRTD
    std::vector<std::string> host_data;    ///< SNP HOST_DATA, TDX MRCONFIGID
    std::vector<std::string> id_key_digests;
    std::vector<std::string> author_key_digests;
    std::vector<std::string> registers; ///< TDX: "rtmr0=HEX", "mrowner=HEX"; TPM: "sha256:7=HEX"

    // SNP
    std::string product;
    bool allow_debug = false;
    bool allow_vlek = false;
    bool allow_migration = false;
    bool refuse_smt = false;
    bool require_crl = false;
    bool allow_simulation = false;
    std::vector<std::string> csp_ids;
    std::string vmpl = "0"; ///< a number, or "any"
    std::string min_tcb;    ///< "bootloader=4,snp=23"
    std::string min_committed_tcb;
    std::string min_firmware; ///< "1.55.29"
    std::uint32_t min_guest_svn = 0;
    std::string platform_info_required;
    std::string platform_info_forbidden;
    std::string id_block; ///< file; with id_auth
    std::string id_auth;

    // TDX
    std::vector<std::string> allow_status;
    std::vector<std::string> allow_advisories;
    std::uint32_t min_evaluation_number = 0;

    // TPM
    std::string signature;
    std::string ak;
    std::string ak_cert;
    std::string pcrs;
    std::string nonce;
    std::string hcl_report;
    std::string td_quote;
    std::vector<std::string> required_pcrs; ///< "sha256:0,4,7"
    std::string creation_data;
    bool allow_sha1 = false;
};

} // namespace redoubt::tee::cli
