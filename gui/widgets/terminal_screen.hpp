// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::gui {

/// One cell of a terminal.
struct TerminalCell {
    std::u32string
        text; ///< a letter and what is set over it; empty: nothing, or the right half of a wide one
    /// 0xRRGGBB; nothing: as the theme has it.
    std::optional<std::uint32_t> foreground;
    std::optional<std::uint32_t> background;
    int width = 1; ///< 2: a wide letter
    bool is_bold = false;
    bool is_italic = false;
    bool is_underlined = false;
    bool is_struck = false;
    bool is_reversed = false;
};

using TerminalLine = std::vector<TerminalCell>;

/// A place on the screen; lines of before have negative rows, the youngest is -1.
struct TerminalPlace {
    int row = 0;
    int column = 0;

    [[nodiscard]] auto operator<=>(const TerminalPlace&) const = default;
};

enum class TerminalKey : std::uint8_t {
    enter,
    tab,
    backspace,
    escape,
    up,
    down,
    left,
    right,
    insert,
    remove,
    home,
    end,
    page_up,
    page_down,
    function
};

struct TerminalModifiers {
    bool shift = false;
    bool alt = false;
    bool control = false;
};

/// What a program's output makes of a screen, and what its keys are as bytes: libvterm, with limits. The
/// output is of somebody who is not trusted; no bytes of it do more than change this screen, and none are
/// answered but what a terminal is asked about itself. Thread: one.
class TerminalScreen {
  public:
    static constexpr int k_most_rows = 500;
    static constexpr int k_most_columns = 1000;
    static constexpr std::size_t k_most_history = 5000; ///< lines
    static constexpr std::size_t k_most_title = 200;    ///< bytes

    /// `send` gets what is for the program: keys, and answers to its questions.
    TerminalScreen(int rows, int columns, std::function<void(std::string_view)> send);
    ~TerminalScreen();
    TerminalScreen(const TerminalScreen&) = delete;
    TerminalScreen& operator=(const TerminalScreen&) = delete;

    void feed(std::string_view output);
    /// Sizes outside the limits are brought within them.
    void resize(int rows, int columns);

    void type(char32_t letter, TerminalModifiers modifiers);
    /// `number`: which function key, from 1.
    void press(TerminalKey key, TerminalModifiers modifiers, int number = 0);
    /// Bracketed, where the program asked for it; what would end the bracket is left out.
    void paste(std::string_view text);

    [[nodiscard]] int rows() const;
    [[nodiscard]] int columns() const;
    [[nodiscard]] TerminalCell cell(TerminalPlace place) const;
    [[nodiscard]] int history() const;
    [[nodiscard]] TerminalPlace cursor() const;
    [[nodiscard]] bool is_cursor_shown() const;
    [[nodiscard]] const std::string& title() const;
    /// From `first` to before `last`, row by row; blanks at the ends of rows are left out.
    [[nodiscard]] std::string text(TerminalPlace first, TerminalPlace last) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace redoubt::gui
