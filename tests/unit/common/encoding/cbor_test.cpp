// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/cbor.hpp"

#include <gtest/gtest.h>

#include <array>

#include "common/encoding/hex.hpp"

namespace redoubt::cbor {
namespace {

using encoding::from_hex;
using encoding::to_hex;

/// What is wrong with these bytes; empty when nothing is.
std::string fault_of(std::string_view hex, Limits limits = {}) {
    const auto bytes = from_hex(hex).value();
    const auto document = parse("x", bytes, limits);
    return document ? std::string() : document.error().message;
}

// RFC 8949, appendix A: what has one form only.
TEST(Cbor, ReadsThePublishedNumbers) {
    struct Vector {
        std::string_view hex;
        std::int64_t value;
    };
    constexpr std::array<Vector, 16> k_vectors{{{"00", 0},
                                                {"01", 1},
                                                {"0a", 10},
                                                {"17", 23},
                                                {"1818", 24},
                                                {"1819", 25},
                                                {"1864", 100},
                                                {"1903e8", 1000},
                                                {"1a000f4240", 1'000'000},
                                                {"1b000000e8d4a51000", 1'000'000'000'000},
                                                {"20", -1},
                                                {"29", -10},
                                                {"3863", -100},
                                                {"3903e7", -1000},
                                                {"1b7fffffffffffffff", 9'223'372'036'854'775'807},
                                                {"3b7ffffffffffffffe", -9'223'372'036'854'775'807}}};
    for (const auto& [hex, value] : k_vectors) {
        const auto bytes = from_hex(hex).value();
        const auto document = parse("x", bytes);
        ASSERT_TRUE(document) << hex << document.error().message;
        EXPECT_EQ(document->root().number(), value) << hex;
        const auto major = value < 0 ? 1U : 0U;
        const auto number = static_cast<std::uint64_t>(value < 0 ? -1 - value : value);
        EXPECT_EQ(to_hex(encode_head(major, number)), hex);
    }
    const auto most = from_hex("1bffffffffffffffff").value();
    const auto document = parse("x", most).value();
    EXPECT_EQ(document.root().unsigned_number(), 18'446'744'073'709'551'615U);
    EXPECT_EQ(document.root().number().error().message, "x: byte 0: a number of more than 64 bits");
}

TEST(Cbor, ReadsThePublishedStringsAndStructures) {
    const auto bytes = from_hex("a26161016162820203").value(); // {"a": 1, "b": [2, 3]}
    const auto document = parse("x", bytes).value();
    const auto members = document.root().members().value();
    ASSERT_EQ(members.size(), 2U);
    EXPECT_EQ(members[0].first.text(), "a");
    EXPECT_EQ(members[0].second.number(), 1);
    const auto list = members[1].second.array().value();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[1].number(), 3);
    EXPECT_EQ(list[1].offset(), 8U);

    const auto numbered = from_hex("a201020304").value(); // {1: 2, 3: 4}
    const auto map = parse("x", numbered).value();
    EXPECT_EQ(map.root()[3].number(), 4);
    EXPECT_FALSE(map.root()[-1].is_present());

    const auto tagged = from_hex("c11a514b67b0").value(); // 1(1363896240)
    const auto time = parse("x", tagged).value();
    EXPECT_EQ(time.root().tag(), 1U);
    EXPECT_EQ(time.root().tagged(1)->number(), 1'363'896'240);

    const auto string = from_hex("4401020304").value();
    const auto four = parse("x", string).value();
    EXPECT_EQ(to_hex(four.root().bytes().value()), "01020304");
    EXPECT_EQ(four.root().content_offset(), 1U);
    for (const auto* text : {"60", "6161", "6449455446", "62225c", "62c3bc", "63e6b0b4", "64f0908591"}) {
        const auto encoded = from_hex(text).value();
        const auto read = parse("x", encoded);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(to_hex(encode_text(read->root().text().value())), text);
    }
    for (const auto* good :
         {"f4", "f5", "f6", "f90000", "fa47c35000", "fb3ff199999999999a", "80", "a0", "40",
          "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "8301820203820405"})
        EXPECT_EQ(fault_of(good), "") << good;
}

TEST(Cbor, TakesOneFormOfEachThing) {
    for (const auto& [hex, fault] : std::initializer_list<std::pair<const char*, const char*>>{
             {"", "x: byte 0: cut short"},
             {"18", "x: byte 0: cut short"},
             {"1903", "x: byte 0: cut short"},
             {"1b00000000000000", "x: byte 0: cut short"},
             {"1817", "x: byte 0: a head that is longer than its number needs"},
             {"1900ff", "x: byte 0: a head that is longer than its number needs"},
             {"1a0000ffff", "x: byte 0: a head that is longer than its number needs"},
             {"1b00000000ffffffff", "x: byte 0: a head that is longer than its number needs"},
             {"580101", "x: byte 0: a head that is longer than its number needs"},
             {"5f42010243030405ff", "x: byte 0: an indefinite length"},
             {"7f657374726561646d696e67ff", "x: byte 0: an indefinite length"},
             {"9fff", "x: byte 0: an indefinite length"},
             {"bf61610161629f0203ffff", "x: byte 0: an indefinite length"},
             {"ff", "x: byte 0: an indefinite length"},
             {"1c", "x: byte 0: a reserved head"},
             {"3d", "x: byte 0: a reserved head"},
             {"fe", "x: byte 0: a reserved head"},
             {"0000", "x: byte 1: bytes behind the end"},
             {"4401", "x: byte 0: a string that is cut short"},
             {"5bffffffffffffffff", "x: byte 0: a string that is cut short"},
             {"8201", "x: byte 0: more items than bytes"},
             {"820118", "x: byte 2: cut short"},
             {"9bffffffffffffffff", "x: byte 0: more items than bytes"},
             {"bb7fffffffffffffff", "x: byte 0: more items than bytes"},
             {"a101", "x: byte 0: more items than bytes"},
             {"c1", "x: byte 0: more items than bytes"},
             {"f7", "x: byte 0: a simple value that is not known"},
             {"f0", "x: byte 0: a simple value that is not known"},
             {"f818", "x: byte 0: a simple value that is not known"},
             {"f9", "x: byte 0: cut short"},
             {"a201020103", "x: byte 3: a map key that is there twice"},
             {"a2616102616103", "x: byte 4: a map key that is there twice"},
             {"a1410000", "x: byte 1: a map key that is neither a number nor a text"},
             {"a18000", "x: byte 1: a map key that is neither a number nor a text"},
             {"61ff", "x: byte 0: a text that is not UTF-8"},
             {"62c080", "x: byte 0: a text that is not UTF-8"},
             {"63eda080", "x: byte 0: a text that is not UTF-8"},
             {"63e08080", "x: byte 0: a text that is not UTF-8"},
             {"64f4908080", "x: byte 0: a text that is not UTF-8"},
             {"61e6", "x: byte 0: a text that is not UTF-8"}})
        EXPECT_EQ(fault_of(hex), fault) << hex;
    // A number and a text of the same content are two keys.
    EXPECT_EQ(fault_of("a301006101002000"), "");
}

TEST(Cbor, KeepsToItsLimits) {
    EXPECT_EQ(fault_of("818180", {.max_depth = 2}), "");
    EXPECT_EQ(fault_of("81818180", {.max_depth = 2}), "x: byte 3: too deep");
    EXPECT_EQ(fault_of("c1c1c100", {.max_depth = 2}), "x: byte 3: too deep");
    EXPECT_EQ(fault_of("83000000", {.max_items = 4}), "");
    EXPECT_EQ(fault_of("8400000000", {.max_items = 4}), "x: byte 4: too many items");
    EXPECT_EQ(fault_of("4100", {.max_bytes = 1}), "x: 2 bytes, where 1 are the most");
    const std::string deep(100'000, '\x81');
    EXPECT_EQ(parse("x", deep).error().code, Code::resource_exhausted);
}

TEST(Cbor, NamesThePlaceOfWhatIsNotThere) {
    const auto bytes = from_hex("a1018200f5").value(); // {1: [0, true]}
    const auto document = parse("x", bytes, {}, 100).value();
    const auto root = document.root();
    EXPECT_EQ(root[2].text().error().message, "x: byte 100: a text string is missing");
    EXPECT_EQ(root[2][3].bytes().error().message, "x: byte 100: a byte string is missing");
    EXPECT_EQ(root[1].text().error().message, "x: byte 102: not a text string");
    EXPECT_EQ(root[1].array()->at(1).number().error().message, "x: byte 104: not a number");
    EXPECT_EQ(root.tagged(18).error().message, "x: byte 100: not a value of tag 18");
    EXPECT_EQ(root.array().error().message, "x: byte 100: not an array");
    EXPECT_EQ(root[1].members().error().message, "x: byte 102: not a map");
    EXPECT_EQ(root[1].unsigned_number().error().code, Code::invalid_argument);
    EXPECT_EQ(parse("x", std::string(1, '\x18'), {}, 7).error().message, "x: byte 7: cut short");
}

} // namespace
} // namespace redoubt::cbor
