// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/yaml.hpp"

#include <gtest/gtest.h>

namespace redoubt::yaml {
namespace {

Node one(std::string_view text) {
    auto parsed = parse("t.yaml", text);
    if (!parsed || parsed->size() != 1) {
        ADD_FAILURE() << (parsed ? "not one document" : parsed.error().message);
        return {};
    }
    return std::move(parsed->front());
}

std::string error_of(std::string_view text) {
    const auto parsed = parse("t.yaml", text);
    return parsed ? "no error" : parsed.error().message;
}

const Node& at(const Node& node, std::string_view key) {
    static const Node k_none;
    for (const auto& member : node.members)
        if (member.key == key) return member.value;
    ADD_FAILURE() << "no " << key;
    return k_none;
}

TEST(Yaml, ReadsBlocksFlowsAndScalars) {
    const auto root = one("# comment\n"
                          "a: 1\n"
                          "b:\n"
                          "- x\n"
                          "- y: [1, 'two', {k: v}]\n"
                          "  z: \"q\\n\\u00e9\"\n"
                          "c: |\n"
                          "  line 1\n"
                          "    line 2\n"
                          "d: >-\n"
                          "  folded\n"
                          "  text\n"
                          "e:\n"
                          "  f: plain text # with a comment\n"
                          "'g h': ''\n");
    EXPECT_EQ(at(root, "a").text, "1");
    EXPECT_EQ(meaning_of(at(root, "a")), Meaning::integer);
    ASSERT_EQ(at(root, "b").items.size(), 2U);
    const auto& second = at(root, "b").items[1];
    EXPECT_EQ(at(second, "y").items[1].text, "two");
    EXPECT_EQ(at(at(second, "y").items[2], "k").text, "v");
    EXPECT_EQ(at(second, "z").text, "q\n\u00e9");
    EXPECT_EQ(at(root, "c").text, "line 1\n  line 2\n");
    EXPECT_EQ(at(root, "d").text, "folded text");
    EXPECT_EQ(at(at(root, "e"), "f").text, "plain text");
    EXPECT_TRUE(at(root, "g h").is_quoted);
}

TEST(Yaml, KnowsLines) {
    const auto root = one("a: 1\n\nb:\n  # c\n  - d: 2\n");
    EXPECT_EQ(root.members[1].line, 3U);
    EXPECT_EQ(at(root, "b").items[0].line, 5U);
}

TEST(Yaml, ReadsSeveralDocuments) {
    const auto parsed = parse("t.yaml", "---\na: 1\n---\n# nothing\n---\n- b\n...\n");
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(parsed->size(), 2U);
    EXPECT_EQ((*parsed)[1].items[0].text, "b");
    EXPECT_TRUE(parse("t.yaml", "")->empty());
}

TEST(Yaml, GivesScalarsTheirMeaning) {
    const auto meaning = [](std::string text) { return meaning_of({.text = std::move(text)}); };
    for (const auto* text : {"", "~", "null"}) EXPECT_EQ(meaning(text), Meaning::null) << text;
    for (const auto* text : {"true", "No", "on"}) EXPECT_EQ(meaning(text), Meaning::boolean) << text;
    for (const auto* text : {"0", "-12", "0x1f", "0o17"}) EXPECT_EQ(meaning(text), Meaning::integer) << text;
    for (const auto* text : {"1.5", "-1e3", ".5"}) EXPECT_EQ(meaning(text), Meaning::real) << text;
    for (const auto* text : {"web", "1.2.3", "128Mi", "-", "+", "0x", "12:30"})
        EXPECT_EQ(meaning(text), Meaning::text) << text;
    EXPECT_EQ(meaning_of({.text = "1", .is_quoted = true}), Meaning::text);
}

TEST(Yaml, SaysWhatIsWrongAndWhere) {
    EXPECT_EQ(error_of("a: 1\nb: 2\na: 3\n"), "t.yaml: line 3: 'a' is here twice, first on line 1");
    EXPECT_EQ(error_of("a:\n\tb: 1\n"), "t.yaml: line 2: a tab indents: YAML wants spaces");
    EXPECT_EQ(error_of("a: &x 1\n"), "t.yaml: line 1: anchors are not read here");
    EXPECT_EQ(error_of("a: *x\n"), "t.yaml: line 1: aliases are not read here");
    EXPECT_EQ(error_of("a: !!str 1\n"), "t.yaml: line 1: tags are not read here");
    EXPECT_NE(error_of("a: 'x\n"), "no error");
    EXPECT_NE(error_of("a: [1, 2\n"), "no error");
    EXPECT_NE(error_of("a: {b: 1\n"), "no error");
    EXPECT_NE(error_of("a: b: c\n"), "no error");
    EXPECT_NE(error_of("- a\nb: 1\n"), "no error");
    EXPECT_NE(error_of("a: 1\n  b: 2\n"), "no error");
    EXPECT_NE(error_of(std::string(200, '[')), "no error");
    EXPECT_FALSE(parse("t.yaml", "aaaa", {.max_bytes = 3}));
}

} // namespace
} // namespace redoubt::yaml
