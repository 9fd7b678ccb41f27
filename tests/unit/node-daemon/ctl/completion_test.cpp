// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/completion.hpp"

#include <gtest/gtest.h>

namespace redoubt::ctl {
namespace {

using Words = std::vector<std::string>;

Words completed(const Words& words) {
    return complete_words(words, {.containers = [] { return Words{"db", "web"}; },
                                  .images = [] { return Words{"localhost/busybox:latest"}; }});
}

TEST(Completion, KnowsVerbsAndFlags) {
    EXPECT_EQ(completed({"pau"}), Words{"pause"});
    EXPECT_EQ(completed({"image", "pr"}), Words{"prune"});
    EXPECT_EQ(completed({"stats", "--no-s"}), Words{"--no-stream"});
    EXPECT_EQ(completed({"--js"}), Words{"--json"});
    EXPECT_EQ(completed({"__comp"}), Words{}) << "what only scripts call is hidden";
}

TEST(Completion, AsksTheNodeForNames) {
    EXPECT_EQ(completed({"stop", "w"}), Words{"web"});
    EXPECT_EQ(completed({"stop", "web", ""}), (Words{"db", "web"}));
    EXPECT_EQ(completed({"rename", "web", ""}), Words{}) << "a new name is anybody's guess";
    EXPECT_EQ(completed({"run", "--name", "x", "loc"}), Words{"localhost/busybox:latest"});
    EXPECT_EQ(completed({"run", "--name", "x"}), Words{}) << "the value of a flag";
    EXPECT_EQ(completed({"run", "busybox", "s"}), Words{}) << "the container's words";
    EXPECT_EQ(completed({"exec", "-it", ""}), (Words{"db", "web"}));
    EXPECT_EQ(completed({"completion", ""}), (Words{"bash", "fish", "zsh"}));
}

TEST(Completion, HasAScriptForEachShell) {
    for (const auto* shell : {"bash", "zsh", "fish"})
        EXPECT_NE(completion_script(shell).find("__complete"), std::string::npos) << shell;
}

} // namespace
} // namespace redoubt::ctl
