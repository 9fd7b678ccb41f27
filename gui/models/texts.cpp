// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/texts.hpp"

#include <QDateTime>
#include <algorithm>
#include <array>

namespace redoubt::gui {
namespace {

constexpr std::int64_t k_second = 1'000'000'000;
constexpr std::size_t k_short_id = 12;

QDateTime moment(std::int64_t time) {
    return QDateTime::fromMSecsSinceEpoch(time / 1'000'000);
}

} // namespace

QString bytes_text(double bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    const int decimals = unit == 0 || bytes >= 100 ? 0 : 1;
    return QStringLiteral("%1 %2").arg(bytes, 0, 'f', decimals).arg(QLatin1String(units[unit]));
}

QString rate_text(double bytes_a_second) {
    return bytes_text(bytes_a_second) + QStringLiteral("/s");
}

QString percent_text(double percent) {
    return QStringLiteral("%1 %").arg(percent, 0, 'f', percent >= 100 ? 0 : 1);
}

QString age_text(std::int64_t since, std::int64_t now) {
    if (since == 0) return {};
    const auto seconds = std::max<std::int64_t>(0, (now - since) / k_second);
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    if (seconds < minute) return QStringLiteral("%1 s").arg(seconds);
    if (seconds < hour) return QStringLiteral("%1 min").arg(seconds / minute);
    if (seconds < 2 * day) return QStringLiteral("%1 h").arg(seconds / hour);
    return QStringLiteral("%1 d").arg(seconds / day);
}

QString time_text(std::int64_t time) {
    return time == 0 ? QString() : moment(time).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QString clock_text(std::int64_t time) {
    return moment(time).toString(QStringLiteral("HH:mm:ss.zzz"));
}

QString text_of(std::string_view bytes) {
    return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

QString short_id(std::string_view id) {
    if (const auto colon = id.find(':'); colon != std::string_view::npos) id.remove_prefix(colon + 1);
    return text_of(id.substr(0, k_short_id));
}

} // namespace redoubt::gui
