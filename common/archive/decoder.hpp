// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
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

} // namespace redoubt::archive
