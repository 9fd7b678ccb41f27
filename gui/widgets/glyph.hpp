// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QIcon>

namespace redoubt::gui {

/// The pictures of this application, drawn when they are needed, in the colours of the theme then.
enum class Glyph : std::uint8_t {
    dashboard,
    workloads,
    images,
    events,
    attestation,
    jobs,
    play,
    stop,
    restart,
    pause,
    trash,
    download,
    plus,
    search,
    shield,
    theme
};

[[nodiscard]] QIcon icon_of(Glyph glyph);
/// As it stands on the accent colour.
[[nodiscard]] QIcon accent_icon_of(Glyph glyph);

} // namespace redoubt::gui
