// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/collateral_import.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/base/file.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/cli/tdx_collateral.hpp"

namespace redoubt::services::attestation {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_files = 64;
constexpr std::size_t k_max_name = 100;
constexpr std::string_view k_tdx = "tdx/";
constexpr json::Limits k_limits{.max_bytes = 64U << 20U, .max_depth = 8};
constexpr std::array<std::string_view, 5> k_certificates{".pem", ".der", ".crt", ".cer", ".crl"};
constexpr std::array<std::string_view, 10> k_documents{"tcb_info.json",
                                                       "tcb_info.sig.hex",
                                                       "tcbinfo_response.json",
                                                       "tcb_info_response.json",
                                                       "tcbInfo.json",
                                                       "qe_identity.json",
                                                       "qe_identity.sig.hex",
                                                       "qeidentity_response.json",
                                                       "qe_identity_response.json",
                                                       "qeIdentity.json"};

/// One segment of a path that is not hidden and names no other folder.
bool is_plain_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    };
    return !name.empty() && name.size() <= k_max_name && name[0] != '.' &&
           std::ranges::all_of(name, is_allowed);
}

bool is_read(std::string_view place, std::string_view name) {
    const auto ends_so = [&](std::string_view end) { return name.ends_with(end); };
    return std::ranges::any_of(k_certificates, ends_so) ||
           (place.starts_with(k_tdx) && std::ranges::contains(k_documents, name));
}

Status check_family(const fs::path& folder) {
    tee::cli::EvidenceOptions options;
    options.collateral = folder.native();
    RDT_TRY(const auto family, tee::cli::load_collateral(options));
    if (family.tcb_info) {
        RDT_CHECK(tee::tdx::parse_tcb_info(family.tcb_info->body));
    }
    if (family.qe_identity) {
        RDT_CHECK(tee::tdx::parse_enclave_identity(family.qe_identity->body));
    }
    return {};
}

Status check_not_older(const std::vector<tee::RevocationList>& brought,
                       const std::vector<tee::RevocationList>& in_use) {
    for (const auto& list : brought)
        for (const auto& known : in_use)
            if (list.issuer() == known.issuer() && list.this_update() < known.this_update())
                return fail(Code::failed_precondition,
                            "a revocation list of '{}' of {}, where one of {} is in use", list.issuer(),
                            tee::render_time(list.this_update()), tee::render_time(known.this_update()));
    return {};
}

/// The lists among files that were brought; those in the folder already are not judged again.
Result<std::vector<tee::RevocationList>> lists_in(const CollateralImport& import) {
    tee::cli::Pool pool;
    for (const auto& file : import.files)
        if (std::ranges::any_of(k_certificates, [&](auto end) { return file.name.ends_with(end); }))
            RDT_CHECK(tee::cli::add_to_pool(pool, file.bytes).transform_error(context("{}", file.name)));
    return std::move(pool.revocation_lists);
}

std::vector<tee::RevocationList> lists_in_use(const CollateralImport& import, const Collateral& in_use) {
    if (!import.place.starts_with(k_tdx)) return in_use.snp_revocation_lists;
    std::vector<tee::RevocationList> lists;
    for (const auto& family : in_use.tdx)
        lists.insert(lists.end(), family.revocation_lists.begin(), family.revocation_lists.end());
    return lists;
}

Status copy_and_add(const fs::path& from, const fs::path& to, const CollateralImport& import) {
    std::error_code error; // of what is not there yet, too
    if (fs::is_directory(from, error)) {
        fs::copy(from, to, fs::copy_options::recursive, error);
        if (error) return fail_errno(error.value(), "copy {}", from.native());
    }
    for (const auto& file : import.files) RDT_CHECK(write_file(to / file.name, file.bytes));
    return {};
}

} // namespace

Result<CollateralImport> parse_collateral_import(std::string_view body) {
    RDT_TRY(const auto document, json::parse("import", body, k_limits));
    CollateralImport import;
    const auto place = document.root()["place"];
    RDT_TRY(import.place, place.string());
    const bool is_family = import.place.starts_with(k_tdx);
    if (import.place != "snp" &&
        !(is_family && is_plain_name(std::string_view(import.place).substr(k_tdx.size()))))
        return place.wrong("neither \"snp\" nor \"tdx/FAMILY\"");
    RDT_TRY(const auto files, document.root()["files"].array());
    if (files.empty() || files.size() > k_max_files)
        return document.root()["files"].wrong("between 1 and 64 files belong here");
    for (const auto& node : files) {
        CollateralImport::File file;
        RDT_TRY(file.name, node["name"].string());
        if (!is_plain_name(file.name)) return node["name"].wrong("not a file's name");
        if (!is_read(import.place, file.name))
            return node["name"].wrong("nothing is read from a file of that name");
        if (std::ranges::contains(import.files, file.name, &CollateralImport::File::name))
            return node["name"].wrong("twice");
        RDT_TRY(const auto data, node["data"].string());
        RDT_TRY(file.bytes, encoding::from_base64(data).transform_error(context("{}", node.path())));
        import.files.push_back(std::move(file));
    }
    return import;
}

Result<StagedCollateral> StagedCollateral::make(const fs::path& folder, const CollateralImport& import,
                                                const Collateral& in_use) {
    RDT_TRY(const auto brought, lists_in(import));
    RDT_CHECK(check_not_older(brought, lists_in_use(import, in_use)));
    const auto target = folder / import.place;
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error) return fail_errno(error.value(), "make folder {}", target.parent_path().native());
    // Beside `snp` and `tdx`, where load_collateral does not look.
    auto pattern = (folder / ".import-XXXXXX").native();
    if (::mkdtemp(pattern.data()) == nullptr) return fail_errno(errno, "make folder {}", pattern);
    StagedCollateral staged(pattern, target);
    RDT_CHECK(copy_and_add(target, staged.staging_, import));
    if (::chmod(pattern.c_str(), 0755) != 0) return fail_errno(errno, "{}", pattern);
    if (import.place.starts_with(k_tdx)) {
        RDT_CHECK(check_family(staged.staging_));
    } else {
        RDT_CHECK(tee::cli::load_pool({staged.staging_.native()}));
    }
    return staged;
}

StagedCollateral::StagedCollateral(StagedCollateral&& other) noexcept
    : staging_(std::exchange(other.staging_, {})), target_(std::move(other.target_)) {}

StagedCollateral::~StagedCollateral() {
    std::error_code ignored; // what stays is not read
    if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

Status StagedCollateral::put_into_use() {
    std::error_code error;
    const unsigned flags = fs::exists(target_, error) ? RENAME_EXCHANGE : 0U;
    if (::renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), flags) != 0)
        return fail_errno(errno, "put {} into use", target_.native());
    if (flags == 0) staging_.clear(); // otherwise the old one lies there now
    return {};
}

} // namespace redoubt::services::attestation
