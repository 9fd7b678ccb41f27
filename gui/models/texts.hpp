// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QString>
#include <string_view>

namespace redoubt::gui {

/// "1.4 GiB".
[[nodiscard]] QString bytes_text(double bytes);
/// "1.4 MiB/s".
[[nodiscard]] QString rate_text(double bytes_a_second);
/// "12.5 %".
[[nodiscard]] QString percent_text(double percent);
/// "3 min", "2 d": how long ago, roughly. Times in nanoseconds since the epoch; empty for 0.
[[nodiscard]] QString age_text(std::int64_t since, std::int64_t now);
/// "2026-11-22 14:05:09" in local time; empty for 0.
[[nodiscard]] QString time_text(std::int64_t time);
/// "14:05:09.123" in local time.
[[nodiscard]] QString clock_text(std::int64_t time);
/// Text of a node: bytes that are no UTF-8 are shown as such.
[[nodiscard]] QString text_of(std::string_view bytes);
/// The first 12 digits of an id, without its algorithm.
[[nodiscard]] QString short_id(std::string_view id);

} // namespace redoubt::gui
