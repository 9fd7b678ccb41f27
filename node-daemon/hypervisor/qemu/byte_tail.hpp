// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

namespace redoubt::node::hypervisor::qemu {

/// The last `limit` bytes of a stream that may never end: a guest must not be able to fill the host's memory
/// or disk.
class ByteTail {
  public:
    explicit ByteTail(std::size_t limit) : limit_(limit) {}

    void append(std::string_view bytes) {
        if (bytes.size() > limit_) bytes.remove_prefix(bytes.size() - limit_);
        bytes_ += bytes;
        // Cut only at twice the limit, so that each byte is moved once.
        if (bytes_.size() > 2 * limit_) bytes_.erase(0, bytes_.size() - limit_);
    }

    [[nodiscard]] std::string text() const {
        return bytes_.size() <= limit_ ? bytes_ : bytes_.substr(bytes_.size() - limit_);
    }

    /// The last line that is not blank, without its line end.
    [[nodiscard]] std::string last_line() const {
        const auto end = bytes_.find_last_not_of("\r\n\t ");
        if (end == std::string::npos) return {};
        const auto begin = bytes_.rfind('\n', end);
        const auto first = begin == std::string::npos ? 0 : begin + 1;
        return bytes_.substr(first, end + 1 - first);
    }

  private:
    std::size_t limit_;
    std::string bytes_;
};

} // namespace redoubt::node::hypervisor::qemu
