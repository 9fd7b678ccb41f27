// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a container writes to its terminal. The first two bytes are the screen's size; a byte 0xfe in what
// follows changes it. Whatever comes, the cursor stays on the screen and the limits hold.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gui/widgets/terminal_screen.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using redoubt::gui::TerminalScreen;
    if (size < 2) return 0;
    std::size_t answered = 0;
    TerminalScreen screen(data[0], data[1],
                          [&answered](std::string_view bytes) { answered += bytes.size(); });
    std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
    while (!rest.empty()) {
        const auto end = rest.find('\xfe');
        screen.feed(rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
        if (rest.size() < 2) break;
        screen.resize(static_cast<unsigned char>(rest[0]), static_cast<unsigned char>(rest[1]));
        rest.remove_prefix(2);
    }
    const auto cursor = screen.cursor();
    if (cursor.row < 0 || cursor.row >= screen.rows() || cursor.column < 0 ||
        cursor.column > screen.columns())
        std::abort();
    if (screen.history() > static_cast<int>(TerminalScreen::k_most_history) ||
        screen.title().size() > TerminalScreen::k_most_title)
        std::abort();
    const auto text = screen.text({-screen.history(), 0}, {screen.rows() - 1, screen.columns()});
    return text.size() > (1U << 30U) ? -1 : 0;
}
