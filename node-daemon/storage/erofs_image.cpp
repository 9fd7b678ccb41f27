// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/erofs_image.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/storage/child_process.hpp"

namespace redoubt::node::storage {
namespace {

constexpr const char* k_mkfs = "/usr/bin/mkfs.erofs";
// The first 16 bytes of SHA-256("redoubt-erofs-1") in the form of a version 8 UUID.
constexpr const char* k_uuid = "b56bfcd1-d677-878d-a3bb-aff359833bed";

/// Every option is part of the contract: changing one needs a new conversion version.
std::vector<std::string> arguments_for(const std::filesystem::path& image) {
    return {k_mkfs,
            "--quiet",
            "-d1",         // errors only
            "-b4096",      // not the page size of whoever converts
            "-T0",         // build time,
            "--mkfs-time", // which does not replace the files' own
            std::string("-U") + k_uuid,
            "-x2",   // share attributes that occur more than twice
            "-zlz4", // half the size for a third of the time that lz4hc needs
            "-C16384",
            "--workers=1", // with none, the compressor cuts files differently
            "--sort=path",
            "--tar=f",
            image.native()};
}

struct SocketPair {
    UniqueFd ours, theirs;
};

/// Not a pipe: send() can be told not to raise SIGPIPE, which is the whole process's affair.
Result<SocketPair> make_socket_pair() {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0)
        return fail_errno(errno, "make a socket pair");
    return SocketPair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Status send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "write to mkfs.erofs");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

std::string first_of(int fd) {
    std::array<char, 600> text{};
    const auto count = ::pread(fd, text.data(), text.size(), 0);
    std::string words(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    for (char& c : words)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    while (words.ends_with(' ')) words.pop_back();
    return words;
}

/// Makes the image file with room for what mkfs.erofs stores in it for a while: every file's content, from 1
/// TiB on. mkfs.erofs 1.8 does not notice when a write there fails, and would make an image with holes
/// instead of content.
Status reserve_buffer(const std::filesystem::path& image, std::uint64_t bytes) {
    constexpr off_t k_buffer_offset = 1LL << 40U; // erofs-utils 1.8.6, lib/diskbuf.c
    RDT_TRY(const auto fd, open_file(image, O_RDWR | O_CREAT | O_EXCL, 0644));
    if (bytes == 0) return {};
    const int failure = ::posix_fallocate(fd.get(), k_buffer_offset, static_cast<off_t>(bytes));
    if (failure != 0) return fail_errno(failure, "reserve {} bytes", bytes);
    return {};
}

/// Why mkfs.erofs failed, in the words it left.
std::unexpected<Error> failure_of(int status, int output_fd) {
    const auto words = first_of(output_fd);
    if (words.contains("No space left on device"))
        return fail(Code::resource_exhausted, "mkfs.erofs: No space left on device");
    return fail(Code::internal, "mkfs.erofs ended with status {}: {}", status, words);
}

} // namespace

Status make_erofs_image(const std::filesystem::path& image, const std::filesystem::path& scratch,
                        std::uint64_t file_bytes, const std::function<Status(TarWriter&)>& fill) {
    RDT_CHECK(reserve_buffer(image, file_bytes));
    RDT_TRY(auto sockets, make_socket_pair());
    const UniqueFd output(::memfd_create("mkfs.erofs", MFD_CLOEXEC));
    if (!output) return fail_errno(errno, "make a memory file");
    auto child =
        ChildProcess::spawn(arguments_for(image), {"LC_ALL=C", "TZ=UTC", "TMPDIR=" + scratch.native()},
                            sockets.theirs.get(), output.get());
    if (!child && child.error().code == Code::not_found)
        return fail(Code::failed_precondition, "{} is missing: install erofs-utils", k_mkfs);
    if (!child) return std::unexpected(child.error());
    sockets.theirs.reset();

    bool has_child_ended = false;
    TarWriter writer([&](std::string_view bytes) {
        auto sent = send_all(sockets.ours.get(), bytes);
        has_child_ended = !sent.has_value();
        return sent;
    });
    auto filled = fill(writer);
    if (filled) filled = writer.finish();
    if (!filled && !has_child_ended) return filled;
    sockets.ours.reset();
    RDT_TRY(const int status, child->wait());
    if (status != 0) return failure_of(status, output.get());
    return filled;
}

} // namespace redoubt::node::storage
