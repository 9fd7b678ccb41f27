# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_gui_terminal_screen)
    redoubt_fuzz(fuzz_gui_terminal LIBS redoubt_gui_terminal_screen)
    redoubt_fuzz(fuzz_gui_profiles LIBS redoubt_gui_profiles)
endif()
