// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/templates.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "common/base/file.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

GuestTemplate empty_template() {
    return {.memory = make_memory_file("test", 4096).value(), .devices = make_memory_file("test", 0).value()};
}

TEST(Templates, AreMadeByOneAndFoundByAll) {
    Templates templates(2);
    EXPECT_EQ(templates.find("small"), nullptr);
    EXPECT_TRUE(templates.claim("small"));
    EXPECT_FALSE(templates.claim("small")) << "somebody is about to";
    EXPECT_EQ(templates.find("small"), nullptr);
    const auto made = templates.put("small", empty_template());
    EXPECT_EQ(templates.find("small"), made);
    EXPECT_FALSE(templates.claim("small")) << "there is one";
}

TEST(Templates, GoLeastRecentlyUsedFirst) {
    Templates templates(2);
    templates.put("small", empty_template());
    templates.put("middle", empty_template());
    EXPECT_NE(templates.find("small"), nullptr);
    templates.put("large", empty_template());
    EXPECT_EQ(templates.size(), 2U);
    EXPECT_NE(templates.find("small"), nullptr);
    EXPECT_EQ(templates.find("middle"), nullptr);
}

TEST(Templates, LastAsLongAsTheirClones) {
    Templates templates(1);
    const auto held = templates.put("small", empty_template());
    templates.put("large", empty_template());
    EXPECT_EQ(templates.find("small"), nullptr);
    EXPECT_TRUE(reopen_to_read(held->memory.get()));
}

TEST(Templates, ThatFailedAreNotTriedAgainAtOnce) {
    Templates templates(1);
    ASSERT_TRUE(templates.claim("small"));
    templates.give_up("small");
    EXPECT_FALSE(templates.claim("small"));
    EXPECT_TRUE(templates.claim("large"));
}

TEST(Templates, AreNoneWhereNoneAreWanted) {
    EXPECT_FALSE(Templates(0).claim("small"));
}

TEST(Templates, AreSealedForEverybody) {
    const auto memory = make_memory_file("test", 4096).value();
    ASSERT_EQ(::pwrite(memory.get(), "text", 4, 0), 4);
    ASSERT_TRUE(seal_memory_file(memory.get()));
    EXPECT_EQ(::pwrite(memory.get(), "more", 4, 0), -1);
    EXPECT_NE(::ftruncate(memory.get(), 8192), 0);
    EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0), MAP_FAILED);
    const auto again = reopen_to_read(memory.get()).value();
    std::array<char, 4> bytes{};
    ASSERT_EQ(::read(again.get(), bytes.data(), bytes.size()), 4);
    EXPECT_EQ(std::string_view(bytes.data(), bytes.size()), "text");
}

class TemplateKey : public testing::Test {
  protected:
    void SetUp() override {
        for (const auto* name : {"qemu", "kernel", "initramfs"})
            ASSERT_TRUE(write_file(folder_.path() / name, name));
        spec_ = {.id = SandboxId("one"),
                 .kernel = folder_.path() / "kernel",
                 .initramfs = folder_.path() / "initramfs",
                 .cmdline = "quiet",
                 .vcpus = 1,
                 .memory_bytes = 128U << 20U,
                 .runtime_directory = "/run/one",
                 .disks = {},
                 .networks = {{.id = "net0", .mac = "02:00:00:00:00:01", .mtu = 1500, .tap_queues = {1}}}};
        first_ = key();
    }
    std::string key() { return template_key(folder_.path() / "qemu", spec_).value(); }

    test::TemporaryFolder folder_;
    launch::VmSpec spec_;
    std::string first_;
};

TEST_F(TemplateKey, IsTheSameForWhatAGuestIsToldLater) {
    spec_.id = SandboxId("two");
    spec_.runtime_directory = "/run/two";
    spec_.disks = {{.id = "layer-0", .file = "/a.img"}};
    spec_.networks.front().mac = "02:00:00:00:00:02";
    spec_.networks.front().tap_queues = {7};
    EXPECT_EQ(key(), first_);
}

TEST_F(TemplateKey, IsAnotherForAnotherMachine) {
    const auto as_it_was = spec_;
    spec_.vcpus = 2;
    EXPECT_NE(key(), first_);
    spec_ = as_it_was;
    spec_.memory_bytes *= 2;
    EXPECT_NE(key(), first_);
    spec_ = as_it_was;
    spec_.cmdline += " debug";
    EXPECT_NE(key(), first_);
    spec_ = as_it_was;
    spec_.networks.front().mtu = 1450;
    EXPECT_NE(key(), first_);
    spec_ = as_it_was;
    spec_.networks.front().tap_queues = {1, 2};
    EXPECT_NE(key(), first_);
    spec_ = as_it_was;
    spec_.networks.clear();
    EXPECT_NE(key(), first_);
}

TEST_F(TemplateKey, IsAnotherWhenAFileHasChanged) {
    for (const auto* name : {"qemu", "kernel", "initramfs"}) {
        const auto before = key();
        ASSERT_TRUE(write_file(folder_.path() / name, "another of its kind"));
        EXPECT_NE(key(), before) << name;
    }
    std::filesystem::remove(spec_.kernel);
    EXPECT_EQ(template_key(folder_.path() / "qemu", spec_).error().code, Code::not_found);
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu
