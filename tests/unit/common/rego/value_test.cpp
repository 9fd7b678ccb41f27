// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "common/rego/value/json.hpp"
#include "common/rego/value/number.hpp"
#include "common/rego/value/value.hpp"

namespace redoubt::rego {
namespace {

class NumberTest : public testing::Test {
  protected:
    Number number(std::string_view text) { return parse_number(arena_, text).value(); }

    Arena arena_;
};

TEST_F(NumberTest, ComparesByValueHoweverItIsWritten) {
    EXPECT_TRUE(Value::number(number("1")) == Value::number(number("1.0")));
    EXPECT_TRUE(Value::number(number("1e0")) == Value::number(number("1")));
    EXPECT_TRUE(Value::number(number("100")) == Value::number(number("1e2")));
    EXPECT_EQ(number("1.0").text(), "1.0");
    EXPECT_EQ(Value::number(number("1.50")).hash(), Value::number(number("1.5")).hash());
}

TEST_F(NumberTest, KeepsWholeNumbersOfAnySizeExactly) {
    EXPECT_TRUE(compare(number("28857836529306024611913"), number("28857836529306024611912")) > 0);
    EXPECT_EQ(add(arena_, number("18446744073709551617"), Number(1)).text(), "18446744073709551618");
    EXPECT_EQ(multiply(arena_, number("18446744073709551617"), Number(2)).text(), "36893488147419103234");
    EXPECT_EQ(subtract(arena_, number("-9223372036854775808"), Number(1)).text(), "-9223372036854775809");
    EXPECT_EQ(number("9223372036854775807").to_int64(), INT64_MAX);
    EXPECT_EQ(number("9223372036854775808").to_int64(), std::nullopt);
}

TEST_F(NumberTest, ComputesFractionsAsGoDoes) {
    EXPECT_EQ(add(arena_, number("0.1"), number("0.2")).text(), "0.3");
    EXPECT_EQ(add(arena_, number("1.5"), number("2.5")).text(), "4");
    EXPECT_EQ(divide(arena_, Number(1), Number(2))->text(), "0.5");
    EXPECT_EQ(divide(arena_, Number(10), Number(5))->text(), "2");
    EXPECT_EQ(divide(arena_, number("2469135.0"), Number(2))->text(), "1.2345675e+06");
    EXPECT_FALSE(divide(arena_, Number(1), number("0.0")).has_value());
}

TEST_F(NumberTest, RefusesWhatIsNoNumber) {
    for (const char* text : {"", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1e999999999", "--1", "1e+"}) {
        EXPECT_FALSE(parse_number(arena_, text).has_value()) << text;
    }
}

TEST_F(NumberTest, EndsAnEvaluationThatMultipliesWithoutEnd) {
    Arena arena(1U << 20U);
    Number product = *parse_number(arena, "1e2000");
    for (int i = 0; i < 40 && !arena.is_over(); ++i) product = multiply(arena, product, product);
    EXPECT_TRUE(arena.is_over());
}

class JsonTest : public testing::Test {
  protected:
    std::string round(std::string_view text) {
        const auto value = parse_json(arena_, text);
        return value ? render_json(*value) : value.error().message;
    }

    Arena arena_;
};

TEST_F(JsonTest, KeepsNumbersAsTheyAreWritten) {
    EXPECT_EQ(round("[1, -0.5, 1.50, 1e3, 123456789012345678901234567890]"),
              "[1,-0.5,1.50,1e3,123456789012345678901234567890]");
}

TEST_F(JsonTest, OrdersKeysAndTakesTheLastOfEqualOnes) {
    EXPECT_EQ(round(R"({"b": 1, "a": 2, "b": 3})"), R"({"a":2,"b":3})");
}

TEST_F(JsonTest, DecodesEscapesAndReplacesLoneSurrogates) {
    EXPECT_EQ(round(R"("\u00e9\n\ud83d\ude00")"), "\"\u00e9\\n\U0001F600\"");
    EXPECT_EQ(round(R"("\ud800x")"), "\"\ufffdx\"");
    EXPECT_EQ(round("\"a\xff\""), "\"a\ufffd\"");
}

TEST_F(JsonTest, NamesThePlaceOfAMistake) {
    EXPECT_EQ(round("[1,\n 2 3]"), "line 2, column 4: ',' or ']' expected");
    EXPECT_EQ(round("{\"a\": }"), "line 1, column 7: not a JSON value");
    EXPECT_EQ(round("[1] x"), "line 1, column 5: something follows the document");
    EXPECT_EQ(round("\"a"), "line 1, column 3: a string is not closed");
    EXPECT_EQ(round(""), "line 1, column 1: the text ends too early");
}

TEST_F(JsonTest, RefusesToNestWithoutEnd) {
    EXPECT_EQ(round(std::string(100000, '[')), "JSON nested deeper than 256");
}

TEST_F(JsonTest, EscapesHtmlAsGoDoes) {
    const Value text = make_string(arena_, "<a&b>\u2028");
    EXPECT_EQ(render_json(text, JsonStyle::html_escaped), R"("\u003ca\u0026b\u003e\u2028")");
    EXPECT_EQ(render_json(text), "\"<a&b>\u2028\"");
}

TEST(ValueTest, OrdersByKindThenByValue) {
    Arena arena;
    const Value ordered[] = {
        Value::null(),           Value::boolean(false), Value::boolean(true),
        Value::integer(-1),      Value::integer(2),     Value::empty_string(),
        make_string(arena, "a"), Value::empty_array(),  make_array(arena, std::vector{Value::integer(1)}),
        Value::empty_object(),   Value::empty_set()};
    for (std::size_t i = 0; i < std::size(ordered); ++i) {
        for (std::size_t j = 0; j < std::size(ordered); ++j) {
            EXPECT_EQ(compare(ordered[i], ordered[j]), i <=> j) << i << " " << j;
            EXPECT_EQ(ordered[i] == ordered[j], i == j);
        }
    }
}

TEST(ValueTest, FindsMembersInSmallAndLargeCollections) {
    for (const std::int64_t count : {3, 8, 9, 1000}) {
        Arena arena;
        ObjectBuilder object;
        SetBuilder set;
        for (std::int64_t i = count; i-- > 0;) {
            object.insert(make_string(arena, std::to_string(i)), Value::integer(i));
            set.insert(Value::integer(i * 3));
            set.insert(Value::integer(i * 3));
        }
        const Value members = object.build(arena);
        const Value elements = set.build(arena);
        EXPECT_EQ(elements.size(), static_cast<std::size_t>(count));
        for (std::int64_t i = 0; i < count; ++i) {
            EXPECT_TRUE(members.at(std::to_string(i)) == Value::integer(i));
            EXPECT_TRUE(elements.contains(Value::integer(i * 3)));
            EXPECT_FALSE(elements.contains(Value::integer((i * 3) + 1)));
        }
        EXPECT_TRUE(members.at("none").is_undefined());
    }
}

TEST(ValueTest, NoticesTwoValuesForOneKey) {
    Arena arena;
    ObjectBuilder same;
    same.insert(Value::integer(1), Value::integer(2));
    same.insert(Value::integer(1), Value::integer(2));
    EXPECT_FALSE(same.has_conflict());
    same.insert(Value::integer(1), Value::integer(3));
    EXPECT_TRUE(same.has_conflict());
    EXPECT_TRUE(same.build(arena).at(Value::integer(1)) == Value::integer(3));
}

} // namespace
} // namespace redoubt::rego
