// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>

#include "common/base/file.hpp"
#include "common/encoding/base64.hpp"
#include "node-daemon/ctl/trust_call.hpp"

namespace redoubt::ctl {
namespace {

namespace bj = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t k_max_bundle = 190; ///< bytes; the broker takes 200

/// Files as they are, and those that lie in folders.
Result<std::vector<fs::path>> files_in(const std::vector<std::string>& paths) {
    std::vector<fs::path> files;
    for (const auto& path : paths) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            files.emplace_back(path);
            continue;
        }
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(path, error))
            if (entry.is_regular_file(error)) found.push_back(entry.path());
        if (error) return fail_errno(error.value(), "read folder {}", path);
        std::ranges::sort(found);
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

/// What the broker remembers that it came from: the names that were typed, as long as they are short.
std::string bundle_name(const std::vector<std::string>& paths) {
    std::string name;
    for (const auto& path : paths) {
        const auto plain = fs::path(path).lexically_normal();
        const auto last = plain.has_filename() ? plain.filename() : plain.parent_path().filename();
        if (name.size() + last.native().size() + 2 > k_max_bundle) return name + ", ...";
        name += (name.empty() ? "" : ", ") + last.native();
    }
    return name;
}

} // namespace

Result<int> trust_collateral_import(TrustCall call, const CollateralImportOptions& options) {
    RDT_TRY(const auto paths, files_in(options.paths));
    bj::array files;
    for (const auto& path : paths) {
        RDT_TRY(const auto bytes, read_file(path));
        files.push_back(bj::object{{"name", path.filename().native()}, {"data", encoding::to_base64(bytes)}});
    }
    const bj::object body{
        {"place", options.place}, {"bundle", bundle_name(options.paths)}, {"files", std::move(files)}};
    RDT_TRY(auto made, call.client.change("POST", "/redoubt/v1/collateral", bj::serialize(body),
                                          "collateral/" + options.place));
    return report_changes(call, {std::move(made)});
}

Result<int> trust_collateral_ls(TrustCall call) {
    RDT_TRY(const auto document, call.client.get("/redoubt/v1/collateral"));
    return show(call, view_collateral(document.root()));
}

} // namespace redoubt::ctl
