// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/accelerator.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include <optional>
#include <random>

#include "common/base/file.hpp"

namespace redoubt::node::host {
namespace {

using launch::Accelerator;

/// A host whose /dev/kvm is a plain file and whose trial ends as told.
class Probe : public testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            std::filesystem::temp_directory_path() / ("probe-" + std::to_string(std::random_device{}()));
        std::filesystem::create_directories(folder_);
        inputs_ = {.wish = AcceleratorWish::automatic,
                   .kvm_device = folder_ / "kvm",
                   .cache = folder_ / "cache",
                   .key = "boot-1 qemu-11 kernel-a"};
        ASSERT_TRUE(write_file(inputs_.kvm_device, ""));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    Result<AcceleratorChoice> choose() {
        asio::io_context context;
        std::optional<Result<AcceleratorChoice>> out;
        auto trial = [this]() -> Task<void> {
            ++trials_;
            co_return outcome_;
        };
        asio::co_spawn(
            context, choose_accelerator(inputs_, trial),
            [&](const std::exception_ptr&, Result<AcceleratorChoice> choice) { out = std::move(choice); });
        context.run();
        return std::move(out).value();
    }

    std::filesystem::path folder_;
    ProbeInputs inputs_;
    Status outcome_;
    int trials_ = 0;
};

TEST_F(Probe, KvmCountsWhenAGuestHasBooted) {
    const auto choice = choose();
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->accelerator, Accelerator::kvm);
    EXPECT_EQ(choice->reason, "a guest kernel booted under kvm");
}

TEST_F(Probe, ADeviceThatOpensIsNoProof) {
    outcome_ = fail(Code::deadline_exceeded, "kernel of the trial vm: no answer within 3000 ms");
    const auto choice = choose();
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->accelerator, Accelerator::tcg);
    EXPECT_EQ(choice->reason,
              "software emulation, as kvm does not work: kernel of the trial vm: no answer within 3000 ms");
}

TEST_F(Probe, WithoutADeviceNothingIsTried) {
    std::filesystem::remove(inputs_.kvm_device);
    const auto choice = choose();
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->accelerator, Accelerator::tcg);
    EXPECT_NE(choice->reason.find("No such file"), std::string::npos);
    EXPECT_EQ(trials_, 0);
}

TEST_F(Probe, TheAnswerIsRememberedUntilSomethingChanges) {
    outcome_ = fail(Code::unavailable, "qemu aborted\nbadly");
    const auto first = choose();
    const auto second = choose();
    EXPECT_EQ(trials_, 1);
    EXPECT_EQ(second->accelerator, Accelerator::tcg);
    EXPECT_EQ(second->reason, "software emulation, as kvm does not work: qemu aborted badly");
    inputs_.key = "boot-2 qemu-11 kernel-a";
    outcome_ = {};
    EXPECT_EQ(choose()->accelerator, Accelerator::kvm);
    EXPECT_EQ(trials_, 2);
}

TEST_F(Probe, TheOperatorMayDecide) {
    inputs_.wish = AcceleratorWish::tcg;
    EXPECT_EQ(choose()->reason, "software emulation, as configured");
    EXPECT_EQ(trials_, 0);
    inputs_.wish = AcceleratorWish::kvm;
    outcome_ = fail(Code::unavailable, "qemu aborted");
    const auto refused = choose();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::failed_precondition);
    EXPECT_EQ(refused.error().message,
              "kvm is configured, but: software emulation, as kvm does not work: qemu aborted");
}

TEST(ProbeCache, IsReadOnlyWhenWhole) {
    const AcceleratorChoice choice{.accelerator = Accelerator::kvm, .reason = "booted"};
    const auto text = render_probe_cache("key", choice);
    EXPECT_EQ(parse_probe_cache(text, "key")->reason, "booted");
    EXPECT_FALSE(parse_probe_cache(text, "other"));
    EXPECT_FALSE(parse_probe_cache("", ""));
    EXPECT_FALSE(parse_probe_cache("redoubt accelerator probe 1\nkey\nmagic\nx\n", "key"));
    EXPECT_FALSE(parse_probe_cache("redoubt accelerator probe 1\nkey\nkvm\n", "key"));
}

TEST(AcceleratorWish, HasThreeSpellings) {
    EXPECT_EQ(parse_accelerator_wish("auto"), AcceleratorWish::automatic);
    EXPECT_EQ(parse_accelerator_wish("kvm"), AcceleratorWish::kvm);
    EXPECT_EQ(parse_accelerator_wish("tcg"), AcceleratorWish::tcg);
    EXPECT_EQ(parse_accelerator_wish("KVM").error().message, "accelerator 'KVM' is none of auto, kvm, tcg");
}

} // namespace
} // namespace redoubt::node::host
