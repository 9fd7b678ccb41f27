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
#include "services/attestation/collateral_check.hpp"

namespace redoubt::services::attestation {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_files = 64;
constexpr std::size_t k_max_name = 100;
constexpr std::size_t k_max_bundle = 200;
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

/// Which document a file is a form of: "tcb" or "qe"; of the others none.
std::string_view document_of(std::string_view name) {
    if (!std::ranges::contains(k_documents, name)) return {};
    return name.starts_with("tcb") ? "tcb" : "qe";
}

Vendor vendor_of(const CollateralImport& import) {
    return import.place.starts_with(k_tdx) ? Vendor::intel : Vendor::amd;
}

Result<tee::tdx::Collateral> load_folder(const fs::path& folder) {
    tee::cli::EvidenceOptions options;
    options.collateral = folder.native();
    return tee::cli::load_collateral(options);
}

Status write_files(const fs::path& folder, const CollateralImport& import) {
    for (const auto& file : import.files) RDT_CHECK(write_file(folder / file.name, file.bytes));
    return {};
}

/// A document takes the place of what there was of it, whatever its file is called.
Status remove_replaced(const fs::path& folder, const CollateralImport& import) {
    for (const auto& file : import.files)
        for (const auto name : k_documents) {
            if (document_of(file.name) != document_of(name) || document_of(file.name).empty()) continue;
            std::error_code error;
            fs::remove(folder / name, error);
            if (error) return fail_errno(error.value(), "remove {}", (folder / name).native());
        }
    return {};
}

Status copy_and_add(const fs::path& from, const fs::path& to, const CollateralImport& import) {
    std::error_code error; // of what is not there yet, too
    if (fs::is_directory(from, error)) {
        fs::copy(from, to, fs::copy_options::recursive, error);
        if (error) return fail_errno(error.value(), "copy {}", from.native());
    }
    RDT_CHECK(remove_replaced(to, import));
    return write_files(to, import);
}

void note(Origins& origins, const tee::tdx::Collateral& statements, const Origin& origin) {
    for (const auto& one : statements.certificates) origins[digest_of(one)] = origin;
    for (const auto& one : statements.revocation_lists) origins[digest_of(one)] = origin;
    if (statements.tcb_info) origins[digest_of(*statements.tcb_info)] = origin;
    if (statements.qe_identity) origins[digest_of(*statements.qe_identity)] = origin;
}

/// Of what lies in the folder now, where it came from: as it was known, or from this import.
Status write_origins(const fs::path& folder, const tee::tdx::Collateral& brought, const Origin& origin,
                     const Origins& known) {
    RDT_TRY(const auto whole, load_folder(folder));
    Origins there;
    note(there, whole, {});
    for (auto& [digest, one] : there)
        if (const auto found = known.find(digest); found != known.end()) one = found->second;
    Origins news;
    note(news, brought, origin);
    for (const auto& [digest, one] : news) there[digest] = one;
    std::erase_if(there, [](const auto& entry) { return entry.second.source == Source::file; });
    return write_file(folder / k_origins_file, render_origins(there));
}

/// Has what was written on the disk before its folder takes another's place: a cut would leave empty files,
/// and a service that does not start.
Status settle(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> paths{folder};
    for (const auto& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
    if (error) return fail_errno(error.value(), "read folder {}", folder.native());
    for (const auto& path : paths) {
        RDT_TRY(const auto fd, open_file(path, O_RDONLY | O_NOFOLLOW));
        if (::fsync(fd.get()) != 0) return fail_errno(errno, "write {}", path.native());
    }
    return {};
}

/// A new folder beside `snp` and `tdx`, where load_collateral does not look.
Result<fs::path> make_beside(const fs::path& folder) {
    auto pattern = (folder / ".import-XXXXXX").native();
    if (::mkdtemp(pattern.data()) == nullptr) return fail_errno(errno, "make folder {}", pattern);
    return fs::path(pattern);
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
    import.origin.source = Source::imported;
    RDT_TRY(import.origin.from, document.root()["bundle"].string_or());
    if (import.origin.from.size() > k_max_bundle)
        return document.root()["bundle"].wrong("more than 200 bytes");
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

Result<tee::tdx::Collateral> read_brought(const std::filesystem::path& folder,
                                          const CollateralImport& import) {
    RDT_TRY(const auto made, make_beside(folder));
    const StagedCollateral alone(made, {}); // goes away with everything in it
    RDT_CHECK(write_files(made, import));
    RDT_TRY(auto brought, load_folder(made));
    // Half of a document would take the other's place and leave none.
    for (const auto& file : import.files)
        if ((document_of(file.name) == "tcb" && !brought.tcb_info) ||
            (document_of(file.name) == "qe" && !brought.qe_identity))
            return fail(Code::invalid_argument, "{}: what it is the signature of is missing", file.name);
    return brought;
}

Result<StagedCollateral> StagedCollateral::make(const fs::path& folder, const CollateralImport& import,
                                                const Collateral& in_use, Time at) {
    const auto target = folder / import.place;
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error) return fail_errno(error.value(), "make folder {}", target.parent_path().native());
    RDT_TRY(auto brought, read_brought(folder, import));
    RDT_CHECK(check_collateral(brought, vendor_of(import), in_use, at));
    RDT_TRY(const auto staging, make_beside(folder));
    StagedCollateral staged(staging, target);
    RDT_CHECK(copy_and_add(target, staging, import));
    auto origin = import.origin;
    origin.came = at;
    RDT_CHECK(write_origins(staging, brought, origin, in_use.origins));
    if (::chmod(staging.c_str(), 0755) != 0) return fail_errno(errno, "{}", staging.native());
    RDT_CHECK(settle(staging));
    staged.brought_ = std::move(brought);
    return staged;
}

StagedCollateral::StagedCollateral(StagedCollateral&& other) noexcept
    : staging_(std::exchange(other.staging_, {})), target_(std::move(other.target_)),
      brought_(std::move(other.brought_)) {}

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
