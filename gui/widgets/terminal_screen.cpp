// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/terminal_screen.hpp"

#include <vterm.h>

#include <algorithm>
#include <array>
#include <span>

namespace redoubt::gui {
namespace {

constexpr int k_most_functions = 24;
constexpr std::string_view k_paste_end = "\x1b[201~";

std::uint32_t rgb(const VTermColor& colour) {
    return (std::uint32_t{colour.rgb.red} << 16U) | (std::uint32_t{colour.rgb.green} << 8U) | colour.rgb.blue;
}

VTermModifier modifiers_of(TerminalModifiers modifiers) {
    unsigned out = VTERM_MOD_NONE;
    if (modifiers.shift) out |= VTERM_MOD_SHIFT;
    if (modifiers.alt) out |= VTERM_MOD_ALT;
    if (modifiers.control) out |= VTERM_MOD_CTRL;
    return static_cast<VTermModifier>(out);
}

VTermKey key_of(TerminalKey key, int number) {
    switch (key) {
    case TerminalKey::enter: return VTERM_KEY_ENTER;
    case TerminalKey::tab: return VTERM_KEY_TAB;
    case TerminalKey::backspace: return VTERM_KEY_BACKSPACE;
    case TerminalKey::escape: return VTERM_KEY_ESCAPE;
    case TerminalKey::up: return VTERM_KEY_UP;
    case TerminalKey::down: return VTERM_KEY_DOWN;
    case TerminalKey::left: return VTERM_KEY_LEFT;
    case TerminalKey::right: return VTERM_KEY_RIGHT;
    case TerminalKey::insert: return VTERM_KEY_INS;
    case TerminalKey::remove: return VTERM_KEY_DEL;
    case TerminalKey::home: return VTERM_KEY_HOME;
    case TerminalKey::end: return VTERM_KEY_END;
    case TerminalKey::page_up: return VTERM_KEY_PAGEUP;
    case TerminalKey::page_down: return VTERM_KEY_PAGEDOWN;
    case TerminalKey::function:
        return static_cast<VTermKey>(VTERM_KEY_FUNCTION(std::clamp(number, 1, k_most_functions)));
    }
    return VTERM_KEY_NONE;
}

void append_utf8(std::string& out, char32_t letter) {
    const auto code = static_cast<std::uint32_t>(letter);
    const auto tail = [&out, code](unsigned shift) {
        out += static_cast<char>(0x80U | ((code >> shift) & 0x3fU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0U | ((code >> 18U) & 7U));
        tail(12);
        tail(6);
        tail(0);
    }
}

// The sixteen that have names, readable on a dark ground: libvterm's blue is not.
constexpr std::array<std::uint32_t, 16> k_colours{0x3b4252, 0xff6b72, 0x4ecb90, 0xe8ae55, 0x6aa2ff, 0xd68cff,
                                                  0x4fd0d8, 0xc9d1dd, 0x7a8599, 0xff8f95, 0x7be0ae, 0xf4c987,
                                                  0x93bcff, 0xe3b0ff, 0x82e2e8, 0xffffff};

} // namespace

struct TerminalScreen::State {
    VTerm* terminal = nullptr;
    VTermScreen* screen = nullptr;
    std::function<void(std::string_view)> send;
    std::deque<TerminalLine> history;
    std::string title;
    bool is_cursor_shown = true;

    [[nodiscard]] TerminalCell cell_of(const VTermScreenCell& cell) const {
        TerminalCell out;
        for (const auto letter : cell.chars) {
            if (letter == 0 || letter > 0x10ffff) break;
            out.text += static_cast<char32_t>(letter);
        }
        out.width = std::max(1, static_cast<int>(cell.width));
        out.is_bold = cell.attrs.bold != 0;
        out.is_italic = cell.attrs.italic != 0;
        out.is_underlined = cell.attrs.underline != 0;
        out.is_struck = cell.attrs.strike != 0;
        out.is_reversed = cell.attrs.reverse != 0;
        auto foreground = cell.fg;
        auto background = cell.bg;
        if (!VTERM_COLOR_IS_DEFAULT_FG(&foreground)) {
            vterm_screen_convert_color_to_rgb(screen, &foreground);
            out.foreground = rgb(foreground);
        }
        if (!VTERM_COLOR_IS_DEFAULT_BG(&background)) {
            vterm_screen_convert_color_to_rgb(screen, &background);
            out.background = rgb(background);
        }
        if (cell.attrs.conceal != 0) out.text.clear();
        return out;
    }

    static State& of(void* user) { return *static_cast<State*>(user); }

    static int on_property(VTermProp property, VTermValue* value, void* user) {
        auto& state = of(user);
        if (property == VTERM_PROP_CURSORVISIBLE) state.is_cursor_shown = value->boolean != 0;
        if (property == VTERM_PROP_TITLE) {
            if (value->string.initial) state.title.clear();
            const auto room = k_most_title - std::min(k_most_title, state.title.size());
            state.title.append(value->string.str, std::min<std::size_t>(value->string.len, room));
        }
        return 1;
    }

    static int on_line_out(int columns, const VTermScreenCell* cells, void* user) {
        auto& state = of(user);
        TerminalLine line;
        line.reserve(static_cast<std::size_t>(columns));
        for (const auto& cell : std::span(cells, static_cast<std::size_t>(columns)))
            line.push_back(state.cell_of(cell));
        while (!line.empty() && line.back().text.empty() && !line.back().background) line.pop_back();
        state.history.push_back(std::move(line));
        if (state.history.size() > k_most_history) state.history.pop_front();
        return 1;
    }

    static int on_clear(void* user) {
        of(user).history.clear();
        return 1;
    }

    static void on_output(const char* bytes, std::size_t size, void* user) {
        of(user).send(std::string_view(bytes, size));
    }
};

TerminalScreen::TerminalScreen(int rows, int columns, std::function<void(std::string_view)> send)
    : state_(std::make_unique<State>()) {
    static constexpr VTermScreenCallbacks callbacks{.damage = nullptr,
                                                    .moverect = nullptr,
                                                    .movecursor = nullptr,
                                                    .settermprop = State::on_property,
                                                    .bell = nullptr,
                                                    .resize = nullptr,
                                                    .sb_pushline = State::on_line_out,
                                                    .sb_popline = nullptr,
                                                    .sb_clear = State::on_clear};
    state_->send = std::move(send);
    state_->terminal = vterm_new(std::clamp(rows, 1, k_most_rows), std::clamp(columns, 2, k_most_columns));
    vterm_set_utf8(state_->terminal, 1);
    vterm_output_set_callback(state_->terminal, State::on_output, state_.get());
    state_->screen = vterm_obtain_screen(state_->terminal);
    vterm_screen_set_callbacks(state_->screen, &callbacks, state_.get());
    vterm_screen_enable_altscreen(state_->screen, 1);
    vterm_screen_reset(state_->screen, 1);
    for (std::size_t index = 0; index < k_colours.size(); ++index) {
        VTermColor colour{};
        vterm_color_rgb(&colour, static_cast<std::uint8_t>(k_colours[index] >> 16U),
                        static_cast<std::uint8_t>(k_colours[index] >> 8U),
                        static_cast<std::uint8_t>(k_colours[index]));
        vterm_state_set_palette_color(vterm_obtain_state(state_->terminal), static_cast<int>(index), &colour);
    }
}

TerminalScreen::~TerminalScreen() {
    vterm_free(state_->terminal);
}

void TerminalScreen::feed(std::string_view output) {
    vterm_input_write(state_->terminal, output.data(), output.size());
    vterm_screen_flush_damage(state_->screen);
}

void TerminalScreen::resize(int rows, int columns) {
    vterm_set_size(state_->terminal, std::clamp(rows, 1, k_most_rows),
                   std::clamp(columns, 2, k_most_columns));
}

void TerminalScreen::type(char32_t letter, TerminalModifiers modifiers) {
    vterm_keyboard_unichar(state_->terminal, static_cast<std::uint32_t>(letter), modifiers_of(modifiers));
}

void TerminalScreen::press(TerminalKey key, TerminalModifiers modifiers, int number) {
    vterm_keyboard_key(state_->terminal, key_of(key, number), modifiers_of(modifiers));
}

void TerminalScreen::paste(std::string_view text) {
    std::string clean(text);
    for (auto at = clean.find(k_paste_end); at != std::string::npos; at = clean.find(k_paste_end))
        clean.erase(at, k_paste_end.size());
    std::ranges::replace(clean, '\n', '\r'); // as the Enter key
    vterm_keyboard_start_paste(state_->terminal);
    state_->send(clean);
    vterm_keyboard_end_paste(state_->terminal);
}

int TerminalScreen::rows() const {
    int rows = 0;
    int columns = 0;
    vterm_get_size(state_->terminal, &rows, &columns);
    return rows;
}

int TerminalScreen::columns() const {
    int rows = 0;
    int columns = 0;
    vterm_get_size(state_->terminal, &rows, &columns);
    return columns;
}

TerminalCell TerminalScreen::cell(TerminalPlace place) const {
    if (place.row >= 0) {
        VTermScreenCell cell{};
        if (vterm_screen_get_cell(state_->screen, VTermPos{.row = place.row, .col = place.column}, &cell) ==
            0)
            return {};
        return state_->cell_of(cell);
    }
    if (-place.row > history() || place.column < 0) return {};
    const auto& line = state_->history[state_->history.size() - static_cast<std::size_t>(-place.row)];
    const auto column = static_cast<std::size_t>(place.column);
    return column < line.size() ? line[column] : TerminalCell();
}

int TerminalScreen::history() const {
    return static_cast<int>(state_->history.size());
}

TerminalPlace TerminalScreen::cursor() const {
    VTermPos place{};
    vterm_state_get_cursorpos(vterm_obtain_state(state_->terminal), &place);
    return {place.row, place.col};
}

bool TerminalScreen::is_cursor_shown() const {
    return state_->is_cursor_shown;
}

const std::string& TerminalScreen::title() const {
    return state_->title;
}

std::string TerminalScreen::text(TerminalPlace first, TerminalPlace last) const {
    std::string out;
    const int wide = columns();
    for (int row = first.row; row <= last.row; ++row) {
        std::string line;
        const int end = row == last.row ? std::min(last.column, wide) : wide;
        for (int column = row == first.row ? first.column : 0; column < end;) {
            const auto at = cell({row, column});
            if (at.text.empty()) line += ' ';
            for (const auto letter : at.text) append_utf8(line, letter);
            column += at.width;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line;
        if (row != last.row) out += '\n';
    }
    return out;
}

} // namespace redoubt::gui
