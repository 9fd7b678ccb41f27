// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/protocol/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <format>

#include "common/base/file.hpp"
#include "tests/unit/node-daemon/launcher/samples.hpp"

namespace redoubt::node::launcher {
namespace {

std::string hex_of(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        text += std::format("{:02x}{}", static_cast<unsigned char>(bytes[i]),
                            i % 32 == 31 || i + 1 == bytes.size() ? "\n" : "");
    return text;
}

template <class Message>
std::string render(const std::vector<Message>& messages) {
    std::string text;
    for (const auto& message : messages)
        text += std::format("# {}\n{}", message.index(), hex_of(encode(message)));
    return text;
}

/// REDOUBT_UPDATE_GOLDEN=1 rewrites the file instead of comparing.
void expect_golden(const std::string& name, const std::string& text) {
    const auto* root = std::getenv("REDOUBT_SOURCE");
    const auto path =
        std::filesystem::path(root == nullptr ? "." : root) / "tests/golden/node-daemon/launcher" / name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, text));
    }
    const auto golden = read_file(path);
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(text, *golden);
}

TEST(LauncherMessages, RequestsMatchTheGoldenFile) {
    const auto requests = test::make_requests();
    ASSERT_EQ(requests.size(), std::variant_size_v<Request>);
    expect_golden("requests.hex", render(requests));
}

TEST(LauncherMessages, AConfidentialVmMatchesTheGoldenFile) {
    expect_golden("confidential_vm.hex", render<Request>({StartVm{test::make_confidential_spec()}}));
}

TEST(LauncherMessages, ACloneMatchesTheGoldenFile) {
    expect_golden("clone.hex", render<Request>({StartVm{test::make_clone_spec()}}));
    const auto read = decode_request(encode(Request(StartVm{test::make_clone_spec()})));
    ASSERT_TRUE(read) << read.error().message;
    const auto& used = std::get<StartVm>(*read).spec.of_template;
    ASSERT_TRUE(used);
    EXPECT_EQ(used->role, launch::TemplateUse::Role::clone);
    EXPECT_EQ(used->memory, -1) << "a descriptor is not told by its number";
}

TEST(LauncherMessages, AnswersMatchTheGoldenFile) {
    const auto answers = test::make_answers();
    ASSERT_EQ(answers.size(), std::variant_size_v<Answer>);
    expect_golden("answers.hex", render(answers));
}

TEST(LauncherMessages, AreTheSameAfterTheirJourney) {
    for (const auto& request : test::make_requests()) {
        const auto read = decode_request(encode(request));
        ASSERT_TRUE(read) << request.index() << ": " << read.error().message;
        EXPECT_EQ(encode(*read), encode(request)) << request.index();
    }
    for (const auto& answer : test::make_answers()) {
        const auto read = decode_answer(encode(answer));
        ASSERT_TRUE(read) << answer.index() << ": " << read.error().message;
        EXPECT_EQ(encode(*read), encode(answer)) << answer.index();
    }
}

TEST(LauncherMessages, TellNoPathOfADiskAndNoNumberOfATap) {
    const auto packet = encode(Request(StartVm{test::make_spec()}));
    EXPECT_THAT(packet, testing::Not(testing::HasSubstr("/not/told")));
    const auto read = decode_request(packet);
    ASSERT_TRUE(read);
    const auto& spec = std::get<StartVm>(*read).spec;
    EXPECT_TRUE(spec.kernel.empty());
    EXPECT_TRUE(spec.disks.front().file.empty());
    EXPECT_THAT(spec.networks.front().tap_queues, testing::ElementsAre(-1, -1));
}

TEST(LauncherMessages, TellOfAConfidentialVmAllButWhereTheSimulatorIs) {
    const auto packet = encode(Request(StartVm{test::make_confidential_spec()}));
    EXPECT_THAT(packet, testing::Not(testing::HasSubstr("/not/told")));
    const auto read = decode_request(packet);
    ASSERT_TRUE(read) << read.error().message;
    const auto& spec = std::get<StartVm>(*read).spec;
    EXPECT_EQ(spec.level, launch::IsolationLevel::confidential);
    ASSERT_TRUE(spec.confidential);
    const auto& simulated = std::get<launch::SimulatedLaunch>(*spec.confidential);
    EXPECT_EQ(simulated.host_data, std::string(32, 'h'));
    EXPECT_TRUE(simulated.simulator.empty());
    EXPECT_TRUE(spec.has_relay);
}

TEST(LauncherMessages, TellOfHardwareWhatTheLaunchIsBoundToAndNeitherFirmwareNorDevices) {
    auto spec = test::make_confidential_spec();
    spec.confidential = launch::SnpLaunch{.host_data = std::string(32, 'h'),
                                          .policy = 0x20000,
                                          .id_block = std::string(96, 'b'),
                                          .id_auth = "auth",
                                          .has_author_key = true,
                                          .firmware = "/not/told/snp.fd"};
    auto packet = encode(Request(StartVm{spec}));
    EXPECT_THAT(packet, testing::Not(testing::HasSubstr("/not/told")));
    auto read = decode_request(packet);
    ASSERT_TRUE(read) << read.error().message;
    const auto snp = std::get<launch::SnpLaunch>(std::get<StartVm>(*read).spec.confidential.value());
    EXPECT_EQ(snp.policy, 0x20000U);
    EXPECT_EQ(snp.id_block, std::string(96, 'b'));
    EXPECT_EQ(snp.id_auth, "auth");
    EXPECT_TRUE(snp.has_author_key);
    EXPECT_TRUE(snp.firmware.empty());
    spec.confidential =
        launch::TdxLaunch{.mr_config_id = std::string(48, 'm'), .firmware = "/not/told/tdx.fd"};
    packet = encode(Request(StartVm{spec}));
    EXPECT_THAT(packet, testing::Not(testing::HasSubstr("/not/told")));
    read = decode_request(packet);
    ASSERT_TRUE(read) << read.error().message;
    const auto td = std::get<launch::TdxLaunch>(std::get<StartVm>(*read).spec.confidential.value());
    EXPECT_EQ(td.mr_config_id, std::string(48, 'm'));
    EXPECT_EQ(td.attributes, launch::k_td_attributes);
}

TEST(LauncherMessages, RefuseAProcessorThatTheyDoNotKnow) {
    auto packet = encode(Request(StartVm{test::make_confidential_spec()}));
    // Behind the alternative's number: the length of host data, these, whether there is a relay, and a
    // template.
    const auto number = packet.size() - 2 - 32 - 4 - 1;
    ASSERT_EQ(packet.substr(number, 6), std::string("\x00\x20\x00\x00\x00h", 6));
    for (int other = 1; other < 256; ++other) {
        packet[number] = static_cast<char>(other);
        const auto read = decode_request(packet);
        ASSERT_FALSE(read) << other;
        EXPECT_EQ(read.error().code, Code::invalid_argument);
    }
}

TEST(LauncherMessages, OfTheVersionBeforeConfidentialVmsAreRefused) {
    auto packet = encode(Request(StartVm{test::make_spec()}));
    packet[3] = '1';
    EXPECT_EQ(decode_request(packet).error().code, Code::failed_precondition);
    auto answer = encode(Answer(VmStarted{4711, "123456"}));
    answer[3] = '1';
    EXPECT_EQ(decode_answer(answer).error().code, Code::failed_precondition);
}

TEST(LauncherMessages, RefuseEveryPrefixAndWhateverFollows) {
    auto requests = test::make_requests();
    requests.emplace_back(StartVm{test::make_confidential_spec()});
    for (const auto& request : requests) {
        const auto packet = encode(request);
        for (std::size_t size = 0; size < packet.size(); ++size)
            EXPECT_FALSE(decode_request(packet.substr(0, size))) << request.index() << " of " << size;
        EXPECT_FALSE(decode_request(packet + '\0')) << request.index();
    }
}

TEST(LauncherMessages, RefuseAnotherVersionInWords) {
    auto packet = encode(Request(Hello{}));
    packet[3] = '9';
    const auto read = decode_request(packet);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::failed_precondition);
    EXPECT_THAT(read.error().message, testing::HasSubstr("different versions"));
}

TEST(LauncherMessages, RefuseAnUnknownNumber) {
    auto packet = encode(Request(Hello{}));
    packet[4] = static_cast<char>(std::variant_size_v<Request>);
    EXPECT_FALSE(decode_request(packet));
}

TEST(LauncherMessages, TakeNoMemoryForAListThatIsNotThere) {
    auto packet = encode(Request(CollectGarbage{}));
    packet.replace(packet.size() - 4, 4, "\xff\xff\xff\x7f");
    EXPECT_FALSE(decode_request(packet));
}

TEST(LauncherMessages, RefuseMoreThanAPacketMayHold) {
    EXPECT_FALSE(decode_request(std::string(k_most_bytes + 1, '\0')));
}

} // namespace
} // namespace redoubt::node::launcher
