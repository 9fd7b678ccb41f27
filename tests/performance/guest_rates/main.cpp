// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Rates of a guest, measured where they count: `guest_rates crypto SECONDS` ciphers alone and together, as
/// layers are decrypted; `guest_rates read FILE` a file from its beginning, as cat and cp do; `guest_rates
/// time COMMAND...` how long a command takes. One line of JSON each: bytes a second, or milliseconds.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <format>
#include <functional>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/stream_cipher.hpp"
#include "common/oci/encryption/layer_cipher.hpp"

namespace redoubt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t k_piece = 128U << 10U; // as the agent copies a layer
constexpr std::size_t k_read = 1U << 20U;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Bytes a second of a call for pieces of the same memory.
Result<double> rate_of(double seconds, const std::function<Status(std::span<char>)>& call) {
    std::string piece(k_piece, 'x');
    RDT_CHECK(call(piece)); // what is made at the first call is not counted
    std::uint64_t done = 0;
    const auto begin = Clock::now();
    while (seconds_since(begin) < seconds) {
        RDT_CHECK(call(piece));
        done += piece.size();
    }
    return static_cast<double>(done) / seconds_since(begin);
}

/// As an image's layer is decrypted; with the digest of what comes out, where its maker has said it.
Result<double> decryption(double seconds, bool has_digest) {
    oci::encryption::LayerKey key{.key = crypto::Secret(std::string(32, 'k')),
                                  .nonce = std::string(crypto::k_ctr_counter_size, 'n'),
                                  .plain_digest = std::nullopt};
    if (has_digest) {
        RDT_TRY(key.plain_digest, crypto::digest_of(""));
    }
    RDT_TRY(auto decryptor,
            oci::encryption::LayerDecryptor::make(key, std::string(crypto::k_hmac_sha256_size, '\0')));
    return rate_of(seconds, [&](std::span<char> piece) { return decryptor.decrypt(piece); });
}

Result<std::string> measure_crypto(double seconds) {
    const crypto::Secret key(std::string(32, 'k'));
    RDT_TRY(auto cipher, crypto::Aes256Ctr::make(key, std::string(crypto::k_ctr_counter_size, 'n')));
    RDT_TRY(auto mac, crypto::HmacSha256::make(key));
    RDT_TRY(auto hasher, crypto::Hasher::make());
    RDT_TRY(const auto ctr, rate_of(seconds, [&](std::span<char> piece) { return cipher.apply(piece); }));
    RDT_TRY(const auto hmac, rate_of(seconds, [&](std::span<char> piece) {
                return mac.update({piece.data(), piece.size()});
            }));
    RDT_TRY(const auto sha, rate_of(seconds, [&](std::span<char> piece) {
                return hasher.update({piece.data(), piece.size()});
            }));
    RDT_TRY(const auto plain, decryption(seconds, false));
    RDT_TRY(const auto digested, decryption(seconds, true));
    return std::format(R"({{"aes_256_ctr":{:.0f},"hmac_sha256":{:.0f},"sha256":{:.0f},"decryption":{:.0f},)"
                       R"("decryption_with_digest":{:.0f}}})",
                       ctr, hmac, sha, plain, digested);
}

Result<std::string> measure_read(const std::string& file) {
    RDT_TRY(const auto fd, open_file(file, O_RDONLY));
    std::string buffer(k_read, '\0');
    if (const auto error = ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL); error != 0)
        return fail_errno(error, "read {} ahead", file);
    std::uint64_t done = 0;
    const auto begin = Clock::now();
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0) return fail_errno(errno, "read {}", file);
        if (count == 0) break;
        done += static_cast<std::uint64_t>(count);
    }
    return std::format(R"({{"bytes":{},"read":{:.0f}}})", done,
                       static_cast<double>(done) / seconds_since(begin));
}

Result<std::string> measure_time(char** words) {
    const auto begin = Clock::now();
    const auto child = ::fork();
    if (child < 0) return fail_errno(errno, "fork");
    if (child == 0) {
        ::execvp(words[0], words);
        ::_exit(127);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return fail_errno(errno, "wait");
    if (status != 0) return fail(Code::internal, "{} ended with {}", words[0], status);
    return std::format(R"({{"ms":{:.2f}}})", seconds_since(begin) * 1000);
}

Result<std::string> measure(int argc, char** argv) {
    const std::string_view verb = argc > 2 ? argv[1] : "";
    if (verb == "read") return measure_read(argv[2]);
    if (verb == "time") return measure_time(argv + 2);
    double seconds = 0;
    const std::string_view given = argc > 2 ? argv[2] : "";
    std::from_chars(given.data(), given.data() + given.size(), seconds);
    if (verb != "crypto" || seconds <= 0)
        return fail(Code::invalid_argument, "crypto SECONDS, read FILE or time COMMAND...");
    return measure_crypto(seconds);
}

} // namespace
} // namespace redoubt

int main(int argc, char** argv) {
    const auto measured = redoubt::measure(argc, argv);
    if (!measured) {
        std::cerr << "guest_rates: " << measured.error().message << '\n';
        return 1;
    }
    std::cout << *measured << '\n';
    return 0;
}
