// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/json.hpp"

#include <gtest/gtest.h>

namespace redoubt::json {
namespace {

constexpr std::string_view k_document = R"({
    "name": "redis", "size": 12, "ratio": 1.5, "ok": true, "none": null, "less": -1,
    "layers": [{"digest": "a"}, {"digest": 7}],
    "labels": {"b": "2", "a": "1"}, "words": ["x", "y"]
})";

TEST(Json, GettersGiveTheValues) {
    const auto document = parse("config", k_document).value();
    const auto root = document.root();
    EXPECT_EQ(root["name"].string(), "redis");
    EXPECT_EQ(root["size"].integer(), 12);
    EXPECT_EQ(root["size"].unsigned_integer(), 12U);
    EXPECT_EQ(root["less"].integer(), -1);
    EXPECT_EQ(root["ok"].boolean(), true);
    EXPECT_EQ(root["words"].strings(), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(root["labels"].string_map(), (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(root["labels"].members().value().front().first, "b");
    EXPECT_EQ(root["layers"].array().value().at(0)["digest"].string(), "a");
}

TEST(Json, ErrorsNameThePlace) {
    const auto document = parse("config", k_document).value();
    const auto root = document.root();
    EXPECT_EQ(root["layers"].array().value().at(1)["digest"].string().error(),
              (Error{Code::invalid_argument, "config.layers[1].digest: not a string"}));
    EXPECT_EQ(root["a"]["b"].string().error().message, "config.a.b: missing");
    EXPECT_EQ(root["none"].string().error().message, "config.none: missing");
    EXPECT_EQ(root["ratio"].integer().error().message, "config.ratio: not a whole number in range");
    EXPECT_EQ(root["less"].unsigned_integer().error().message,
              "config.less: not a whole number of zero or more");
    EXPECT_EQ(root["name"].strings().error().message, "config.name: not an array");
    EXPECT_EQ(root["words"].string_map().error().message, "config.words: not an object");
    EXPECT_EQ(root["size"].boolean().error().message, "config.size: not true or false");
}

TEST(Json, BytesAreNumbersBelow256) {
    const auto document =
        parse("d", R"({"a": [0, 104, 255], "b": [1, 256], "c": [-1], "d": ["1"], "e": [1.5], "f": 1})");
    const auto root = document->root();
    EXPECT_EQ(root["a"].bytes().value(), std::string("\0h\xff", 3));
    EXPECT_EQ(root["b"].bytes().error().message, "d.b[1]: not a byte");
    EXPECT_EQ(root["c"].bytes().error().message, "d.c[0]: not a byte");
    EXPECT_EQ(root["d"].bytes().error().message, "d.d[0]: not a byte");
    EXPECT_EQ(root["e"].bytes().error().message, "d.e[0]: not a byte");
    EXPECT_EQ(root["f"].bytes().error().message, "d.f: not an array");
    EXPECT_EQ(root["g"].bytes().error().message, "d.g: missing");
}

TEST(Json, BytesMayHaveBeenMadeAsUnsignedNumbers) {
    const Document document(boost::json::value{std::uint64_t{7}, std::int64_t{8}}, "d");
    EXPECT_EQ(document.root().bytes().value(), "\x07\x08");
    const Document large(boost::json::value{std::uint64_t{256}}, "d");
    EXPECT_EQ(large.root().bytes().error().message, "d[0]: not a byte");
}

TEST(Json, MissingAndNullTakeTheDefaultButAWrongTypeDoesNot) {
    const auto document = parse("config", k_document).value();
    const auto root = document.root();
    EXPECT_EQ(root["absent"].string_or("x"), "x");
    EXPECT_EQ(root["none"].strings_or_empty(), std::vector<std::string>());
    EXPECT_EQ(root["absent"].unsigned_integer_or(5), 5U);
    EXPECT_EQ(root["absent"].boolean_or(true), true);
    EXPECT_EQ(root["size"].string_or("x").error().message, "config.size: not a string");
    EXPECT_EQ(root["size"].string_map_or_empty().error().message, "config.size: not an object");
}

TEST(Json, SyntaxErrorsNameTheByte) {
    EXPECT_EQ(parse("config", R"({"a": })").error().code, Code::invalid_argument);
    EXPECT_TRUE(parse("config", R"({"a": })").error().message.ends_with("at byte 6"));
    EXPECT_TRUE(parse("config", "{} {}").error().message.ends_with("at byte 3"));
    EXPECT_TRUE(parse("config", "").error().message.ends_with("at byte 0"));
    EXPECT_FALSE(parse("config", "[1,]"));
    EXPECT_FALSE(parse("config", "// comment\n1"));
    EXPECT_FALSE(parse("config", "\"\xff\""));
}

TEST(Json, RefusesARepeatedMember) {
    EXPECT_EQ(parse("config", R"({"a": 1, "b": {"a": 2}, "a": 3})").error().message,
              "config: member 'a' appears twice, at byte 26");
    EXPECT_FALSE(parse("config", R"({"a": 1, "\u0061": 3})"));
    EXPECT_FALSE(parse("config", R"({"": 1, "": 3})"));
    EXPECT_TRUE(parse("config", R"([{"a": 1}, {"a": 2}])"));
}

TEST(Json, RefusesDepthAndSizeBeyondTheLimits) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_TRUE(parse("config", nested(32)));
    EXPECT_EQ(parse("config", nested(33)).error().message, "config: nested deeper than 32 levels at byte 32");
    const auto result = parse("config", "[1, 2]", {.max_bytes = 5});
    EXPECT_EQ(result.error(), (Error{Code::resource_exhausted, "config: 6 bytes, more than the limit of 5"}));
}

} // namespace
} // namespace redoubt::json
