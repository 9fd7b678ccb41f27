// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/terminal_keys.hpp"

#include <QKeyEvent>
#include <algorithm>
#include <array>

namespace redoubt::gui {
namespace {

struct KeyPair {
    int qt;
    TerminalKey key;
};
constexpr std::array k_keys{
    KeyPair{Qt::Key_Return, TerminalKey::enter},
    KeyPair{Qt::Key_Enter, TerminalKey::enter},
    KeyPair{Qt::Key_Tab, TerminalKey::tab},
    KeyPair{Qt::Key_Backtab, TerminalKey::tab},
    KeyPair{Qt::Key_Backspace, TerminalKey::backspace},
    KeyPair{Qt::Key_Escape, TerminalKey::escape},
    KeyPair{Qt::Key_Up, TerminalKey::up},
    KeyPair{Qt::Key_Down, TerminalKey::down},
    KeyPair{Qt::Key_Left, TerminalKey::left},
    KeyPair{Qt::Key_Right, TerminalKey::right},
    KeyPair{Qt::Key_Insert, TerminalKey::insert},
    KeyPair{Qt::Key_Delete, TerminalKey::remove},
    KeyPair{Qt::Key_Home, TerminalKey::home},
    KeyPair{Qt::Key_End, TerminalKey::end},
    KeyPair{Qt::Key_PageUp, TerminalKey::page_up},
    KeyPair{Qt::Key_PageDown, TerminalKey::page_down},
};

} // namespace

bool give_key(TerminalScreen& screen, const QKeyEvent& event) {
    TerminalModifiers modifiers{.shift = event.modifiers().testFlag(Qt::ShiftModifier),
                                .alt = event.modifiers().testFlag(Qt::AltModifier),
                                .control = event.modifiers().testFlag(Qt::ControlModifier)};
    if (const auto pair = std::ranges::find(k_keys, event.key(), &KeyPair::qt); pair != k_keys.end()) {
        screen.press(pair->key, modifiers);
        return true;
    }
    if (event.key() >= Qt::Key_F1 && event.key() <= Qt::Key_F12) {
        screen.press(TerminalKey::function, modifiers, event.key() - Qt::Key_F1 + 1);
        return true;
    }
    // With Ctrl a key's text is a control character already: the letter is what libvterm wants.
    if (modifiers.control && event.key() >= Qt::Key_At && event.key() <= Qt::Key_Underscore) {
        const bool is_letter = event.key() >= Qt::Key_A && event.key() <= Qt::Key_Z;
        modifiers.shift = false;
        screen.type(static_cast<char32_t>(event.key() + (is_letter ? 'a' - 'A' : 0)), modifiers);
        return true;
    }
    const auto text = event.text().toUcs4();
    if (text.isEmpty()) return false;
    modifiers.shift = false; // the letter is the shifted one already
    for (const auto letter : text) screen.type(letter, modifiers);
    return true;
}

} // namespace redoubt::gui
