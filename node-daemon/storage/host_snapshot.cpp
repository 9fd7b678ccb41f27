// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/host_snapshot.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <string>
#include <system_error>
#include <vector>

#include "common/base/unwind.hpp"
#include "node-daemon/storage/disk_programs.hpp"

namespace redoubt::node::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_mkfs = "/usr/bin/mkfs.erofs";

Status make_image(const fs::path& image, const fs::path& folder, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{k_mkfs, "--quiet", "-d1", "-b4096"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {image.native(), folder.native()});
    return run_disk_program(words, "erofs-utils");
}

/// A folder that holds the file alone, with its mode. Its owner is told to mkfs: a daemon that is not root
/// gives no file away.
Status stage_file(const fs::path& source, const struct stat& status, const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    const auto copy = folder / "_data";
    if (!error) fs::copy_file(source, copy, fs::copy_options::overwrite_existing, error);
    if (error) return fail_errno(error.value(), "copy {}", source.native());
    if (::chmod(copy.c_str(), status.st_mode & 07777) != 0)
        return fail_errno(errno, "give {} its mode", copy.native());
    return {};
}

} // namespace

Status make_host_snapshot(const fs::path& source, const fs::path& image) {
    struct stat status{};
    if (::stat(source.c_str(), &status) != 0) return fail_errno(errno, "{}", source.native());
    std::error_code error;
    fs::create_directories(image.parent_path(), error);
    if (error) return fail_errno(error.value(), "make folder {}", image.parent_path().native());
    ::unlink(image.c_str());
    if (S_ISDIR(status.st_mode)) {
        const auto folder = fs::canonical(source, error);
        if (error) return fail_errno(error.value(), "{}", source.native());
        return make_image(image, folder);
    }
    if (!S_ISREG(status.st_mode))
        return fail(Code::invalid_argument, "{} is neither a file nor a folder", source.native());
    const fs::path folder = image.native() + ".staged";
    Unwind undo;
    undo.push([&folder] {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
    });
    RDT_CHECK(stage_file(source, status, folder));
    return make_image(
        image, folder,
        {std::format("--force-uid={}", status.st_uid), std::format("--force-gid={}", status.st_gid)});
}

} // namespace redoubt::node::storage
