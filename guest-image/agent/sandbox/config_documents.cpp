// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "common/base/file.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_most_files = 4096;
constexpr std::size_t k_longest_path = 4096; // PATH_MAX

Status check_file(const ConfigFile& file) {
    const fs::path path(file.path);
    const bool is_plain =
        !file.path.empty() && file.path.size() < k_longest_path && path.is_relative() &&
        !file.path.contains('\0') && path.has_filename() &&
        std::ranges::none_of(path, [](const fs::path& part) { return part == ".." || part == "."; });
    if (!is_plain)
        return fail(Code::invalid_argument, "'{}' is not a relative path", file.path.substr(0, 256));
    if (file.mode > 0777)
        return fail(Code::invalid_argument, "'{}': mode {:o} is beyond 777", file.path.substr(0, 256),
                    file.mode);
    return {};
}

Status make_folders(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail_errno(error.value(), "make {}", folder.native());
    return {};
}

Status write_document(const fs::path& folder, const std::vector<ConfigFile>& files) {
    RDT_CHECK(make_folders(folder));
    for (const auto& file : files) {
        const auto place = folder / file.path;
        RDT_CHECK(make_folders(place.parent_path()));
        RDT_CHECK(write_file(place, file.bytes, 0600));
        // Whatever mask the process has.
        if (::chmod(place.c_str(), file.mode) != 0) return fail_errno(errno, "chmod {}", place.native());
    }
    return {};
}

} // namespace

Status Sandbox::put_document(const std::string& name, const std::vector<ConfigFile>& files) const {
    RDT_CHECK(check_id("document", name));
    if (!request_) return fail(Code::failed_precondition, "there is no sandbox yet");
    if (files.size() > k_most_files)
        return fail(Code::resource_exhausted, "document '{}': more than {} files", name, k_most_files);
    for (const auto& file : files)
        RDT_CHECK(check_file(file).transform_error(context("document '{}'", name)));
    const auto parent = options_.base / "sandbox" / "config";
    const auto fresh = parent / ("+" + name); // no document may be called so
    std::error_code error;
    fs::remove_all(fresh, error);
    if (auto written = write_document(fresh, files); !written) {
        fs::remove_all(fresh, error);
        return written;
    }
    // What is bound by a container keeps its content.
    fs::remove_all(parent / name, error);
    if (error) return fail_errno(error.value(), "replace document '{}'", name);
    fs::rename(fresh, parent / name, error);
    if (error) return fail_errno(error.value(), "put document '{}'", name);
    return {};
}

} // namespace redoubt::guest::sandbox
