// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <format>

#include <gtest/gtest.h>

#include "common/rego/builtins/registry.hpp"
#include "tests/unit/common/rego/builtins/call.hpp"

namespace redoubt::rego::testing {
namespace {

constexpr std::size_t k_small = 64U << 10U;

TEST(BuiltinLimits, StopTextsThatGrowBeyondTheBudget) {
    const std::string many(20'000, 'a');
    EXPECT_TRUE(call_within(k_small, "replace", std::format(R"(["{}", "a", "bbbbbbbbbb"])", many))
                    .starts_with("limit"));
    EXPECT_TRUE(
        call_within(k_small, "regex.replace", std::format(R"(["{}", "a", "$0$0$0$0$0$0$0$0$0"])", many))
            .starts_with("limit"));
    EXPECT_TRUE(call_within(k_small, "sprintf", R"(["%999999d", [1]])").starts_with("limit"));
    EXPECT_TRUE(call_within(k_small, "split", std::format(R"(["{}", ""])", many)).starts_with("limit"));
}

TEST(BuiltinLimits, StopCollectionsThatGrowBeyondTheBudget) {
    EXPECT_TRUE(call_within(k_small, "numbers.range", "[1, 1000000]").starts_with("limit"));
    EXPECT_TRUE(call("numbers.range", "[1, 100000000000]").starts_with("limit"));
    EXPECT_TRUE(call_within(k_small, "net.cidr_expand", R"(["10.0.0.0/12"])").starts_with("limit"));
    EXPECT_TRUE(call("net.cidr_expand", R"(["::/0"])").starts_with("limit"));
    EXPECT_TRUE(call("bits.lsh", "[1, 1000000000]").starts_with("limit"));
}

TEST(BuiltinLimits, RefuseNumbersOfTooManyDigits) {
    EXPECT_TRUE(call("units.parse", R"(["1e999999K"])").starts_with("limit"));
    EXPECT_TRUE(call("units.parse_bytes", R"(["1e99999"])").starts_with("limit"));
}

TEST(BuiltinLimits, RefuseAliasesThatMultiply) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\\n";
    for (int i = 1; i < 12; ++i) {
        bomb += std::format("a{}: &a{} [", i, i);
        for (int j = 0; j < 10; ++j) bomb += std::format("{}*a{}", j > 0 ? ", " : "", i - 1);
        bomb += "]\\n";
    }
    EXPECT_EQ(call("yaml.unmarshal", "[\"" + bomb + "\"]").find("excessive aliasing") == std::string::npos,
              false);
}

TEST(BuiltinLimits, RefuseSchemasThatNeverEnd) {
    EXPECT_TRUE(call("json.match_schema", R"([{"a": 1}, {"$ref": "#"}])").starts_with("limit"));
    EXPECT_TRUE(call("json.match_schema", R"([{"a": 1}, {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}])")
                    .starts_with("limit"));
}

TEST(BuiltinLimits, RefuseZonesOutsideTheDatabase) {
    for (const std::string_view name : {"../../etc/passwd", "/etc/passwd", "a\\\\b"}) {
        EXPECT_EQ(call("time.clock", std::format(R"([[0, "{}"]])", name)),
                  "builtin: time: invalid location name");
    }
}

TEST(BuiltinTables, NameEachBuiltinOnce) {
    for (const Builtin* builtin : all_builtins().all()) {
        EXPECT_LE(builtin->arity, 6) << builtin->name;
        EXPECT_FALSE(builtin->name.empty());
    }
    EXPECT_EQ(core_builtins().find("io.jwt.decode"), nullptr);
    EXPECT_NE(all_builtins().find("io.jwt.decode"), nullptr);
}

TEST(BuiltinTables, KnowTheNamesTheyRefuse) {
    for (const std::string_view name : {"http.send", "opa.runtime", "io.jwt.encode_sign", "graphql.parse"}) {
        const BuiltinRegistry registry = all_builtins();
        const Builtin* builtin = registry.find(name);
        ASSERT_NE(builtin, nullptr) << name;
        EXPECT_TRUE(builtin->function == nullptr || builtin->is_withheld) << name;
    }
}

TEST(RandomBuiltins, GiveTheSameWithinAnEvaluation) {
    EXPECT_EQ(call("uuid.rfc4122", R"(["k"])"), call("uuid.rfc4122", R"(["k"])"));
    EXPECT_NE(call("uuid.rfc4122", R"(["k"])"), call("uuid.rfc4122", R"(["l"])"));
    EXPECT_EQ(call("rand.intn", R"(["k", 100])"), call("rand.intn", R"(["k", -100])"));
    EXPECT_EQ(call("rand.intn", R"(["k", 0])"), "0");
}

} // namespace
} // namespace redoubt::rego::testing
