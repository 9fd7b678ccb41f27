// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/terminal_screen.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

class Terminal : public testing::Test {
  protected:
    [[nodiscard]] std::string all() const {
        return screen.text({0, 0}, {screen.rows() - 1, screen.columns()});
    }
    [[nodiscard]] std::string line(int row) const { return screen.text({row, 0}, {row, screen.columns()}); }

    std::string sent;
    TerminalScreen screen{5, 20, [this](std::string_view bytes) { sent += bytes; }};
};

TEST_F(Terminal, ShowsTextWhereItIsPut) {
    screen.feed("hello\r\nworld\x1b[4;3Hthere");
    EXPECT_EQ(line(0), "hello");
    EXPECT_EQ(line(1), "world");
    EXPECT_EQ(line(3), "  there");
    EXPECT_EQ(screen.cursor(), (TerminalPlace{3, 7}));
}

TEST_F(Terminal, KnowsColoursOfAllKinds) {
    screen.feed("a\x1b[31mb\x1b[38;5;196mc\x1b[48;2;1;2;3md\x1b[0;1;3;4;7me");
    EXPECT_FALSE(screen.cell({0, 0}).foreground);
    EXPECT_TRUE(screen.cell({0, 1}).foreground);
    EXPECT_EQ(*screen.cell({0, 2}).foreground, 0xff0000U);
    EXPECT_EQ(*screen.cell({0, 3}).background, 0x010203U);
    const auto styled = screen.cell({0, 4});
    EXPECT_TRUE(styled.is_bold && styled.is_italic && styled.is_underlined && styled.is_reversed);
}

TEST_F(Terminal, ShowsWideLettersAndThoseOfManyBytes) {
    screen.feed("ä漢x");
    EXPECT_EQ(screen.cell({0, 1}).width, 2);
    EXPECT_EQ(line(0), "ä漢x");
}

TEST_F(Terminal, KeepsWhatHasLeftTheScreen) {
    for (int at = 0; at < 8; ++at) screen.feed("line " + std::to_string(at) + "\r\n");
    EXPECT_EQ(screen.history(), 4);
    EXPECT_EQ(line(-1), "line 3");
    EXPECT_EQ(line(-4), "line 0");
    EXPECT_EQ(line(-5), "") << "there is nothing before";
}

TEST_F(Terminal, HasLimits) {
    for (int at = 0; at < 6000; ++at) screen.feed("x\r\n");
    EXPECT_EQ(screen.history(), static_cast<int>(TerminalScreen::k_most_history));
    screen.feed("\x1b]2;" + std::string(5000, 't') + "\x07");
    EXPECT_LE(screen.title().size(), TerminalScreen::k_most_title);
    screen.resize(100'000, 100'000);
    EXPECT_EQ(screen.rows(), TerminalScreen::k_most_rows);
    EXPECT_EQ(screen.columns(), TerminalScreen::k_most_columns);
    screen.resize(-1, 0);
    EXPECT_EQ(screen.rows(), 1);
}

TEST_F(Terminal, GivesAnotherScreenToProgramsThatAskForOne) {
    screen.feed("before\x1b[?1049h\x1b[Hinside");
    EXPECT_EQ(line(0), "inside");
    screen.feed("\x1b[?1049l");
    EXPECT_EQ(line(0), "before");
}

TEST_F(Terminal, SendsKeysAsProgramsExpectThem) {
    screen.type(U'c', {.control = true});
    screen.press(TerminalKey::up, {});
    screen.press(TerminalKey::function, {}, 5);
    screen.type(U'ä', {});
    EXPECT_EQ(sent, "\x03\x1b[A\x1b[15~ä");
}

TEST_F(Terminal, PastesInBracketsThatNothingPastedCanClose) {
    screen.feed("\x1b[?2004h");
    screen.paste("rm -rf\x1b[201~ /\nx");
    EXPECT_EQ(sent, "\x1b[200~rm -rf /\rx\x1b[201~");
    sent.clear();
    screen.paste("\x1b[20\x1b[201~1~");
    EXPECT_EQ(sent, "\x1b[200~\x1b[201~") << "not even when taking one out makes another";
}

TEST_F(Terminal, SurvivesAnyBytesAndSizes) {
    unsigned state = 12345;
    for (int round = 0; round < 200; ++round) {
        std::string bytes;
        for (int at = 0; at < 200; ++at) {
            state = state * 1664525U + 1013904223U;
            bytes += static_cast<char>(state >> 24U);
            if ((state & 15U) == 0) bytes += "\x1b[";
        }
        screen.feed(bytes);
        screen.resize(static_cast<int>(state % 60), static_cast<int>(state / 64 % 200));
        (void)all();
    }
}

} // namespace
} // namespace redoubt::gui
