// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/disk_programs.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/storage/child_process.hpp"

namespace redoubt::node::storage {
namespace {

std::string first_of(int fd) {
    std::array<char, 600> text{};
    const auto count = ::pread(fd, text.data(), text.size(), 0);
    std::string words(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    for (char& c : words)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    while (words.ends_with(' ')) words.pop_back();
    return words;
}

} // namespace

Status run_disk_program(const std::vector<std::string>& argv, const std::string& package) {
    RDT_TRY(const auto nothing, open_file("/dev/null", O_RDONLY));
    const UniqueFd output(::memfd_create("output", MFD_CLOEXEC));
    if (!output) return fail_errno(errno, "make a memory file");
    auto child = ChildProcess::spawn(argv, {"LC_ALL=C", "TZ=UTC", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                                     nothing.get(), output.get());
    if (!child && child.error().code == Code::not_found)
        return fail(Code::failed_precondition, "{} is missing: install {}", argv.front(), package);
    if (!child) return std::unexpected(child.error());
    RDT_TRY(const int status, child->wait());
    if (status == 0) return {};
    const auto name = std::filesystem::path(argv.front()).filename().native();
    const auto words = first_of(output.get());
    if (words.contains("No space left on device"))
        return fail(Code::resource_exhausted, "{}: No space left on device", name);
    if (words.contains("Permission denied"))
        return fail(Code::permission_denied, "{}, as user {}: {}", name, ::geteuid(), words);
    return fail(Code::internal, "{} ended with status {}: {}", name, status, words);
}

} // namespace redoubt::node::storage
