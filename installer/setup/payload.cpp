// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/payload.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::installer {
namespace {

constexpr std::size_t k_piece = 1U << 20U;

Status check_file(const std::filesystem::path& folder, const appliance::PayloadFile& file) {
    const auto path = folder / file.name;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) return fail(Code::not_found, "payload: {}: {}", file.name, error.message());
    if (size != file.bytes)
        return fail(Code::data_loss, "payload: {} has {} bytes, not the manifest's {}", file.name, size,
                    file.bytes);
    RDT_TRY(const auto hash, hash_range(path, 0, file.bytes));
    if (hash != file.sha256)
        return fail(Code::data_loss, "payload: {} is not what the manifest says", file.name);
    return {};
}

} // namespace

Result<std::string> hash_range(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t bytes) {
    RDT_TRY(const auto fd, open_file(path, O_RDONLY));
    RDT_TRY(auto hasher, crypto::Hasher::make());
    std::string piece(k_piece, '\0');
    for (std::uint64_t done = 0; done < bytes;) {
        const auto count = ::pread(fd.get(), piece.data(), std::min<std::uint64_t>(k_piece, bytes - done),
                                   static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read {}", path.string());
        if (count == 0) return fail(Code::data_loss, "{} ends before byte {}", path.string(), offset + bytes);
        RDT_CHECK(hasher.update(std::string_view(piece).substr(0, static_cast<std::size_t>(count))));
        done += static_cast<std::uint64_t>(count);
    }
    RDT_TRY(const auto digest, hasher.finish());
    return digest.hex();
}

Result<Payload> open_payload(const std::filesystem::path& folder, const crypto::PublicKey& key) {
    RDT_TRY(const auto text,
            read_file(folder / "manifest.json", 64U << 10U).transform_error(context("payload")));
    RDT_TRY(const auto signature,
            read_file(folder / "manifest.sig", 1024).transform_error(context("payload")));
    RDT_CHECK(appliance::check_signature(text, signature, key));
    RDT_TRY(auto manifest, appliance::parse_manifest(text));
    for (const auto& file : manifest.files) RDT_CHECK(check_file(folder, file));
    return Payload{.folder = folder, .manifest = std::move(manifest)};
}

} // namespace redoubt::installer
