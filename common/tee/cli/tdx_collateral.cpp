// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/cli/tdx_collateral.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "common/base/file.hpp"

namespace redoubt::tee::cli {
namespace {

namespace fs = std::filesystem;

struct DocumentNames {
    std::string_view member;               ///< in the service's answer
    std::string_view body;                 ///< the body alone, with its signature in another file
    std::string_view signature;            ///< end of that file's name, in place of .json
    std::vector<std::string_view> answers; ///< names of whole answers
};

const DocumentNames k_tcb_info{"tcbInfo",
                               "tcb_info.json",
                               ".sig.hex",
                               {"tcbinfo_response.json", "tcb_info_response.json", "tcbInfo.json"}};
const DocumentNames k_qe_identity{
    "enclaveIdentity",
    "qe_identity.json",
    ".sig.hex",
    {"qeidentity_response.json", "qe_identity_response.json", "qeIdentity.json"}};

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error);
}

/// One document from one file: an answer, or a body with its signature beside it.
Result<tdx::SignedDocument> read_document(const fs::path& path, const DocumentNames& names) {
    RDT_TRY(const auto text, read_file(path));
    fs::path beside = path;
    beside.replace_extension();
    beside += names.signature;
    if (!is_there(beside))
        return tdx::split_response(text, names.member).transform_error(context("{}", path.string()));
    RDT_TRY(const auto signature, read_file(beside));
    return tdx::join_document(text, signature).transform_error(context("{}", beside.string()));
}

Result<std::optional<tdx::SignedDocument>>
find_document(const std::string& file, const std::vector<std::string>& folders, const DocumentNames& names) {
    fs::path path = file;
    auto candidates = names.answers;
    candidates.insert(candidates.begin(), names.body);
    for (const auto& folder : folders)
        for (const auto name : candidates)
            if (path.empty() && is_there(fs::path(folder) / name)) path = fs::path(folder) / name;
    if (path.empty()) return std::optional<tdx::SignedDocument>();
    RDT_TRY(auto document, read_document(path, names));
    return std::optional(std::move(document));
}

} // namespace

Result<tdx::Collateral> load_collateral(const EvidenceOptions& options) {
    std::vector<std::string> paths = options.certs;
    if (!options.collateral.empty()) paths.insert(paths.begin(), options.collateral);
    tdx::Collateral collateral;
    RDT_TRY(collateral.tcb_info, find_document(options.tcb_info, paths, k_tcb_info));
    RDT_TRY(collateral.qe_identity, find_document(options.qe_identity, paths, k_qe_identity));
    for (const auto& list : {options.pck_crl, options.root_crl})
        if (!list.empty()) paths.push_back(list);
    RDT_TRY(auto pool, load_pool(paths));
    collateral.certificates = std::move(pool.certificates);
    collateral.revocation_lists = std::move(pool.revocation_lists);
    return collateral;
}

} // namespace redoubt::tee::cli
