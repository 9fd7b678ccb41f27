// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/qmp.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::hypervisor::qemu {
namespace {

constexpr auto k_greeting =
    R"({"QMP": {"version": {"qemu": {"micro": 3, "minor": 1, "major": 11}, "package": ""}, "capabilities": []}})"
    "\r\n";

TEST(QmpDecoder, ReadsTheGreeting) {
    QmpDecoder decoder;
    const auto messages = decoder.feed(k_greeting);
    ASSERT_TRUE(messages) << messages.error().message;
    ASSERT_EQ(messages->size(), 1U);
    const auto& greeting = std::get<QmpGreeting>(messages->front());
    EXPECT_EQ(greeting.major, 11);
    EXPECT_EQ(greeting.minor, 1);
    EXPECT_EQ(greeting.micro, 3);
}

TEST(QmpDecoder, JoinsALineThatArrivesInPieces) {
    QmpDecoder decoder;
    EXPECT_TRUE(decoder.feed(R"({"return": )")->empty());
    EXPECT_TRUE(decoder.feed(R"({"fd": 9}, "id": 7})")->empty());
    const auto messages = decoder.feed("\n{\"event\": \"STOP\"}\n");
    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 2U);
    const auto& reply = std::get<QmpReturn>(messages->front());
    EXPECT_EQ(reply.id, 7U);
    EXPECT_EQ(reply.value.at("fd").as_int64(), 9);
    EXPECT_EQ(std::get<QmpEvent>(messages->back()).name, "STOP");
}

TEST(QmpDecoder, ReadsAFailureInQemusOwnWords) {
    const auto message =
        parse_qmp_message(R"({"id": 4, "error": {"class": "DeviceNotFound", "desc": "no such device"}})");
    ASSERT_TRUE(message);
    const auto& failure = std::get<QmpFailure>(*message);
    EXPECT_EQ(failure.id, 4U);
    EXPECT_EQ(failure.error_class, "DeviceNotFound");
    EXPECT_EQ(failure.description, "no such device");
}

TEST(QmpDecoder, ReadsAnEventWithItsData) {
    const auto message = parse_qmp_message(
        R"({"timestamp": {"seconds": 1}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}})");
    ASSERT_TRUE(message);
    const auto& event = std::get<QmpEvent>(*message);
    EXPECT_EQ(event.name, "SHUTDOWN");
    EXPECT_EQ(event.data.at("reason").as_string(), "guest-reset");
}

TEST(QmpDecoder, RefusesWhatIsNotAMessage) {
    for (const auto* line : {"", "{", "[]", "null", "{}", R"({"return": {}})", R"({"return": {}, "id": -1})",
                             R"({"event": 1})", R"({"event": "A", "data": []})", R"({"error": {}, "id": 1})",
                             R"({"QMP": {"version": {}}})", "{\"return\": {}, \"id\": 1} x"}) {
        const auto message = parse_qmp_message(line);
        ASSERT_FALSE(message) << line;
        EXPECT_EQ(message.error().code, Code::invalid_argument) << line;
    }
}

TEST(QmpDecoder, RefusesALineWithoutEnd) {
    QmpDecoder decoder;
    const std::string piece(QmpDecoder::k_max_line, 'x');
    ASSERT_TRUE(decoder.feed(piece));
    const auto more = decoder.feed("x");
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::resource_exhausted);
}

TEST(QmpDecoder, RefusesDeepNesting) {
    const auto message = parse_qmp_message("{\"event\":\"A\",\"data\":{\"x\":" + std::string(100, '[') +
                                           std::string(100, ']') + "}}");
    EXPECT_FALSE(message);
}

TEST(QmpCommand, IsOneLine) {
    EXPECT_EQ(render_qmp_command(3, "cont", {}), "{\"execute\":\"cont\",\"id\":3}\n");
    EXPECT_EQ(render_qmp_command(4, "device_del", {{"id", "a\nb"}}),
              "{\"execute\":\"device_del\",\"id\":4,\"arguments\":{\"id\":\"a\\nb\"}}\n");
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu
