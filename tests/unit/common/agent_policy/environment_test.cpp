// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/environment.hpp"

#include <gtest/gtest.h>

namespace redoubt::agent_policy {
namespace {

TEST(Environment, ReplacesVariablesAsKubernetesDoes) {
    const std::vector<Variable> known = {{.name = "A", .value = Template::literal("1.5")},
                                         {.name = "P", .value = Template::pattern("[0-9]+")}};
    EXPECT_EQ(expand("x$(A)y", known).text(), "x1.5y");
    EXPECT_EQ(expand("$$(A)", known).text(), "$(A)");
    EXPECT_EQ(expand("$(B)$(", known).text(), "$(B)$(");
    EXPECT_EQ(expand("5$", known).text(), "5$");
    EXPECT_FALSE(expand("a.$(P)", known).is_literal());
    EXPECT_EQ(expand("a.$(P)", known).expression(), "a\\.[0-9]+");
}

TEST(Environment, OverridesTheImagesVariablesAndGivesAPath) {
    oci::ImageConfig image;
    image.env = {"A=image", "B=image"};
    const auto merged = merge_environment(image, {{.name = "A", .value = Template::literal("pod")}});
    ASSERT_EQ(merged.size(), 3U);
    EXPECT_EQ(merged[0].name, "PATH");
    EXPECT_EQ(merged[1].name + "=" + merged[1].value.text(), "B=image");
    EXPECT_EQ(merged[2].name + "=" + merged[2].value.text(), "A=pod");
}

TEST(Environment, SeesOnlyVariablesThatCameBefore) {
    const auto known =
        expand_environment({{.name = "A", .value = Template::literal("$(B)")},
                            {.name = "B", .value = Template::literal("b")},
                            {.name = "C", .value = Template::literal("$(B)")},
                            {.name = "D", .value = Template::literal("$(B)"), .is_final = true}});
    EXPECT_EQ(known[0].value.text(), "$(B)");
    EXPECT_EQ(known[2].value.text(), "b");
    EXPECT_EQ(known[3].value.text(), "$(B)");
}

std::string words(const Container& container) {
    oci::ImageConfig image;
    image.entrypoint = {"entry"};
    image.cmd = {"cmd"};
    std::string out;
    for (const auto& word : make_arguments(image, container, {})) out += word.text() + " ";
    return out;
}

TEST(Environment, PutsCommandAndArgumentsInThePlaceOfTheImages) {
    EXPECT_EQ(words({}), "entry cmd ");
    EXPECT_EQ(words({.command = {"c"}}), "c ");
    EXPECT_EQ(words({.args = {"a"}}), "entry a ");
    EXPECT_EQ(words({.command = {"c"}, .args = {"a"}}), "c a ");
}

} // namespace
} // namespace redoubt::agent_policy
