// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::archive {

/// Decompresses as it is fed. One implementation per compression. No I/O.
class Decoder {
  public:
    struct Step {
        std::size_t consumed = 0;
        std::size_t produced = 0;
    };
    Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    Decoder(Decoder&&) = delete;
    Decoder& operator=(Decoder&&) = delete;
    virtual ~Decoder() = default;

    /// Takes some of `input`, fills some of `output`. With empty input it gives what it still holds.
    /// Errors: data_loss the stream is damaged; resource_exhausted no memory.
    virtual Result<Step> decode(std::string_view input, std::string& output) = 0;
    /// The input has ended. Errors: data_loss when the stream is not complete.
    [[nodiscard]] virtual Status finish() const = 0;
};

/// gzip: of any number of members. zstd: of any number of frames.
enum class Compression : std::uint8_t { none, gzip, zstd };

/// Told by the first bytes, four at least unless there are fewer.
[[nodiscard]] Compression compression_of(std::string_view start);
[[nodiscard]] std::unique_ptr<Decoder> make_decoder(Compression compression);

/// Where compressed bytes come from: the next of them, which stay until the next call; none at the end.
using ByteSource = std::function<Result<std::string_view>()>;

/// The uncompressed bytes of a source, whose compression is told by its first bytes. A source may be another
/// one at each call, as long as it goes on where the last ended: who owns both may move.
class DecodedStream {
  public:
    explicit DecodedStream(std::size_t buffer_bytes) : output_(buffer_bytes, '\0') {}

    /// Takes the first bytes; read() does so by itself. Errors: the source's.
    Status begin(const ByteSource& source);
    /// The next bytes, until the next call; empty at the end. Errors: the source's; data_loss a damaged
    /// stream, or one that ends early.
    Result<std::string_view> read(const ByteSource& source);

  private:
    Status refill(const ByteSource& source);

    std::unique_ptr<Decoder> decoder_;
    std::string_view rest_; ///< of the source's
    std::string output_;
    bool is_at_end_ = false;
};

} // namespace redoubt::archive
