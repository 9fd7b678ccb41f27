// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <locale.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/base/error.hpp"
#include "common/oci/layer_tar.hpp"

struct archive;

namespace redoubt::node::storage {

/// Reads the entries of a tar (v7, ustar, pax, GNU) with libarchive, every byte of a name as it is there.
/// Blocking. Errors: invalid_argument naming the entry's number and what is wrong with the tar.
class TarReader {
  public:
    /// From where `fd` stands. Lifetime: borrows the descriptor.
    [[nodiscard]] static Result<TarReader> open(int fd);
    /// Lifetime: borrows the bytes.
    [[nodiscard]] static Result<TarReader> open(std::string_view bytes);

    /// The next entry; nothing at the end.
    Result<std::optional<oci::LayerEntry>> next();
    /// Gives the bytes of the file last returned by next() to `sink`: exactly its size, or it fails.
    Status read_data(std::uint64_t size, const std::function<Status(std::string_view)>& sink);

  private:
    struct Free {
        void operator()(::archive* reader) const;
        void operator()(locale_t locale) const;
    };
    using Locale = std::unique_ptr<std::remove_pointer_t<locale_t>, Free>;
    TarReader(std::unique_ptr<::archive, Free> reader, Locale locale)
        : reader_(std::move(reader)), locale_(std::move(locale)) {}
    [[nodiscard]] static Result<TarReader> make();
    [[nodiscard]] std::unexpected<Error> broken() const;

    std::unique_ptr<::archive, Free> reader_;
    Locale locale_; ///< C.UTF-8
    std::uint64_t count_ = 0;
};

} // namespace redoubt::node::storage
