// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/simtee/simtee_device.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::attester::simtee {
namespace {

namespace link = tee::simtee_link;

/// A simulator by hand: answers each request by what the test says.
class SimteeDeviceTest : public ttrpc::ConnectionTest {
  protected:
    SimteeDeviceTest() {
        auto [near, far] = connected_pair();
        device_ = std::make_unique<SimteeDevice>(std::move(near), std::chrono::milliseconds(200));
        far_ = std::move(far);
    }
    ~SimteeDeviceTest() override = default;
    SimteeDeviceTest(const SimteeDeviceTest&) = delete;
    SimteeDeviceTest& operator=(const SimteeDeviceTest&) = delete;

    void serve(std::vector<link::Answer> answers) { scope_.spawn(answer_all(std::move(answers))); }

    asio::awaitable<void> answer_all(std::vector<link::Answer> answers) {
        for (auto& answer : answers) {
            std::array<char, 256> buffer{};
            const auto size = co_await far_->read_some(buffer);
            if (!size || *size == 0) co_return;
            auto request = link::parse_request({buffer.data(), *size});
            if (!request) co_return;
            requests_.push_back(*request);
            if (answer.id == 0) answer.id = request->id;
            std::ignore = co_await far_->write(link::encode(answer));
        }
    }

    static link::Answer described(std::string provider) {
        link::Answer answer;
        answer.provider = std::move(provider);
        return answer;
    }
    static link::Answer given(link::Kind kind, std::string outblob) {
        link::Answer answer;
        answer.kind = kind;
        answer.provider = kind == link::Kind::quote ? "tdx_guest" : "sev_guest";
        answer.outblob = std::move(outblob);
        return answer;
    }

    std::unique_ptr<ttrpc::ByteStream> far_;
    std::unique_ptr<SimteeDevice> device_;
    std::vector<link::Request> requests_;
};

TEST_F(SimteeDeviceTest, AsksOnceWhatThereIsAndThenForThat) {
    serve({described("tdx_guest"), given(link::Kind::quote, "first"), given(link::Kind::quote, "second")});
    const auto first = run(device_->evidence_over(std::string(64, 'd')));
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->provider, "tdx_guest");
    EXPECT_EQ(first->outblob, "first");
    EXPECT_EQ(run(device_->evidence_over(std::string(64, 'e'))).value().outblob, "second");
    ASSERT_EQ(requests_.size(), 3U);
    EXPECT_EQ(requests_[2].inblob, std::string(64, 'e'));
}

TEST_F(SimteeDeviceTest, ExtendsTheRegisterOfATdAndOfNobodyElse) {
    serve({described("tdx_guest"), given(link::Kind::extend, {})});
    EXPECT_TRUE(run(device_->extend(3, std::string(48, 'd'))));
    ASSERT_EQ(requests_.size(), 2U);
    EXPECT_EQ(requests_[1].kind, link::Kind::extend);
    EXPECT_EQ(requests_[1].inblob, "\x03" + std::string(48, 'd'));
}

TEST_F(SimteeDeviceTest, AsksNoProcessorWithoutRegistersToExtendOne) {
    serve({described("sev_guest")});
    EXPECT_EQ(run(device_->extend(3, std::string(48, 'd'))).error().code, Code::unimplemented);
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(SimteeDeviceTest, GivesTheSimulatorsRefusalInItsOwnWords) {
    link::Answer refusal;
    refusal.status = 7;
    refusal.message = "has a debugger";
    serve({refusal});
    const auto refused = run(device_->evidence_over(std::string(64, 'd')));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Error{Code::permission_denied, "simulator: has a debugger"}));
}

TEST_F(SimteeDeviceTest, RefusesAnAnswerToAnotherRequest) {
    auto other = given(link::Kind::report, "old");
    other.id = 77;
    serve({described("sev_guest"), other});
    EXPECT_EQ(run(device_->evidence_over(std::string(64, 'd'))).error().code, Code::data_loss);
}

TEST_F(SimteeDeviceTest, DoesNotWaitForEver) {
    EXPECT_EQ(run(device_->evidence_over(std::string(64, 'd'))).error().code, Code::deadline_exceeded);
}

TEST_F(SimteeDeviceTest, SaysThatTheSimulatorHasGone) {
    far_.reset();
    EXPECT_FALSE(run(device_->evidence_over(std::string(64, 'd'))));
}

} // namespace
} // namespace redoubt::guest::attester::simtee
