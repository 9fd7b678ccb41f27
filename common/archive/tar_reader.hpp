// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/archive/tar_format.hpp"

namespace redoubt::archive {

/// Who takes what an archive holds. A failure ends the reading.
class EntrySink {
  public:
    EntrySink() = default;
    virtual ~EntrySink() = default;
    EntrySink(const EntrySink&) = delete;
    EntrySink& operator=(const EntrySink&) = delete;

    virtual Status begin(const Entry& entry) = 0;
    /// Some bytes of the entry that began last, a file.
    virtual Status data(std::string_view bytes) = 0;
    /// That entry is complete.
    virtual Status end() = 0;
};

/// Reads an archive from pieces of any size: ustar, pax and GNU's long names. No I/O.
/// Errors: invalid_argument broken; resource_exhausted a name beyond reason; unimplemented an entry of a kind
/// that is not copied (sparse files).
class TarReader {
  public:
    explicit TarReader(EntrySink& sink) : sink_(sink) {}

    Status feed(std::string_view bytes);
    /// The archive is complete. Errors: invalid_argument it is cut short.
    Status finish();
    [[nodiscard]] std::uint64_t entries() const { return entries_; }

  private:
    enum class Stage : std::uint8_t { header, content, extension, padding, ended };

    Status take_header();
    Status begin_entry(Entry entry);
    Status take_extension();
    Status end_content();
    std::string_view take_content(std::string_view bytes);

    EntrySink& sink_;
    Stage stage_ = Stage::header;
    std::string block_;     ///< of a header, as far as it has come
    std::string extension_; ///< the content of a pax or long-name entry
    char extension_type_ = 0;
    std::uint64_t left_ = 0;                       ///< of the content or padding
    std::size_t padding_ = 0;                      ///< behind the content
    std::map<std::string, std::string> overrides_; ///< for the next entry: pax keys
    std::uint64_t entries_ = 0;
};

} // namespace redoubt::archive
