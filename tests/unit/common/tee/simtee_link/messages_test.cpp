// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/simtee_link/messages.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::tee::simtee_link {
namespace {

std::vector<Request> make_requests() {
    return {{.kind = Kind::describe, .id = 1, .privlevel = 0, .inblob = {}},
            {.kind = Kind::report, .id = 0xA1B2C3D4, .privlevel = 3, .inblob = std::string(64, 'r')},
            {.kind = Kind::quote, .id = 3, .privlevel = 0, .inblob = std::string(64, 'q')},
            {.kind = Kind::extend, .id = 4, .privlevel = 0, .inblob = "\x03" + std::string(48, 'd')}};
}

std::vector<Answer> make_answers() {
    return {{.kind = Kind::describe,
             .id = 1,
             .status = 0,
             .generation = 0,
             .provider = "sev_guest",
             .outblob = {},
             .auxblob = {},
             .message = {}},
            {.kind = Kind::report,
             .id = 0xA1B2C3D4,
             .status = 0,
             .generation = 7,
             .provider = "sev_guest",
             .outblob = "report",
             .auxblob = "certificates",
             .message = {}},
            {.kind = Kind::quote,
             .id = 3,
             .status = static_cast<std::uint32_t>(Code::permission_denied),
             .generation = 0,
             .provider = {},
             .outblob = {},
             .auxblob = {},
             .message = "no"}};
}

/// REDOUBT_UPDATE_GOLDEN=1 rewrites the file instead of comparing.
void expect_golden(const std::string& name, const std::string& text) {
    const auto* root = std::getenv("REDOUBT_SOURCE");
    const auto path =
        std::filesystem::path(root == nullptr ? "." : root) / "tests/golden/common/tee/simtee_link" / name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, text));
    }
    const auto golden = read_file(path);
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(text, *golden);
}

TEST(SimteeLink, PacketsMatchTheGoldenFiles) {
    std::string text;
    for (const auto& request : make_requests()) text += encoding::to_hex(encode(request)) + "\n";
    expect_golden("requests.hex", text);
    text.clear();
    for (const auto& answer : make_answers()) text += encoding::to_hex(encode(answer)) + "\n";
    expect_golden("answers.hex", text);
}

TEST(SimteeLink, MessagesAreTheSameAfterTheirJourney) {
    for (const auto& request : make_requests()) {
        const auto read = parse_request(encode(request));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(encode(*read), encode(request));
    }
    for (const auto& answer : make_answers()) {
        const auto bytes = encode(answer);
        const auto read = parse_answer(bytes);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, answer);
        EXPECT_EQ(answer_body_size(bytes.substr(0, k_answer_header_size)).value(),
                  bytes.size() - k_answer_header_size);
    }
}

TEST(SimteeLink, NothingThatIsCutShortOrGoesOnIsAMessage) {
    for (const auto& request : make_requests()) {
        const auto bytes = encode(request);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(parse_request(bytes.substr(0, size))) << size;
        EXPECT_FALSE(parse_request(bytes + "x"));
    }
    for (const auto& answer : make_answers()) {
        const auto bytes = encode(answer);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(parse_answer(bytes.substr(0, size))) << size;
        EXPECT_FALSE(parse_answer(bytes + "x"));
    }
}

void expect_refused(const Request& request, std::size_t at, char byte, Code code) {
    auto bytes = encode(request);
    bytes[at] = byte;
    const auto read = parse_request(bytes);
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().code, code) << read.error().message;
}

TEST(SimteeLink, RequestsThatBreakARuleAreRefusedByName) {
    const auto report = make_requests()[1];
    expect_refused(report, 0, 'X', Code::invalid_argument);               // magic
    expect_refused(report, 4, 2, Code::failed_precondition);              // version
    expect_refused(report, 6, 4, Code::invalid_argument);                 // kind
    expect_refused(report, 12, 4, Code::invalid_argument);                // VMPL 4
    expect_refused(report, 16, 63, Code::invalid_argument);               // inblob too short
    expect_refused(report, 16, 65, Code::resource_exhausted);             // too long
    expect_refused(report, 19, 0x7F, Code::resource_exhausted);           // much too long
    expect_refused(make_requests()[2], 12, 1, Code::invalid_argument);    // a quote has no VMPL
    expect_refused(make_requests()[3], 12, 1, Code::invalid_argument);    // nor has a register
    expect_refused(make_requests()[3], 16, 50, Code::resource_exhausted); // a digest of another hash
    expect_refused(make_requests()[0], 16, 1, Code::resource_exhausted);  // nothing belongs to it
}

TEST(SimteeLink, AnAnswerBeyondTheLimitIsRefusedByItsHeader) {
    auto bytes = encode(make_answers()[1]);
    bytes[34] = '\x7F'; // the third byte of outblob's size
    const auto size = answer_body_size(bytes.substr(0, k_answer_header_size));
    ASSERT_FALSE(size);
    EXPECT_EQ(size.error().code, Code::resource_exhausted);
}

} // namespace
} // namespace redoubt::tee::simtee_link
