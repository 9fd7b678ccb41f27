// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/widgets/terminal_screen.hpp"

class QKeyEvent;

namespace redoubt::gui {

/// Gives a key to the program; false: it is not one for programs.
bool give_key(TerminalScreen& screen, const QKeyEvent& event);

} // namespace redoubt::gui
