// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node-daemon/sandbox/volume_use.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::NodeTest;

constexpr std::uint64_t k_size = 64U << 20U;

launch::ContainerMount volume(std::string name, std::string target = "/data") {
    return {.kind = launch::MountKind::volume, .source = std::move(name), .target = std::move(target)};
}

ContainerSpec spec_with(launch::ContainerMount mount) {
    ContainerSpec spec;
    spec.mounts = {std::move(mount)};
    return spec;
}

class Volumes : public NodeTest {
  protected:
    void SetUp() override {
        NodeTest::SetUp();
        node().settings.default_volume_bytes = k_size;
    }
    void restart() {
        stop_daemon();
        start_daemon();
        node().settings.default_volume_bytes = k_size;
        ASSERT_TRUE(run(recover_after_restart(node())));
    }
    VolumeInfo make(const std::string& name) {
        VolumeRequest request;
        request.name = name;
        return run(create_volume(node(), request)).value();
    }
    std::size_t noted_volumes() {
        return static_cast<std::size_t>(std::ranges::count(ledger(), "volume", &store::LedgerEntry::kind));
    }
    std::vector<std::string> names() {
        std::vector<std::string> out;
        for (const auto& info : list_volumes(node())) out.push_back(info.name);
        return out;
    }
};

TEST_F(Volumes, AreMadeListedAndRemovedWithTheirLedger) {
    VolumeRequest request;
    request.name = "data";
    request.labels = {{"tier", "db"}};
    const auto made = run(create_volume(node(), request));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->size_bytes, k_size);
    EXPECT_TRUE(std::filesystem::exists(made->path));
    EXPECT_EQ(noted_volumes(), 1U);
    EXPECT_EQ(run(create_volume(node(), request)).error().code, Code::already_exists);
    request.accepts_existing = true;
    EXPECT_TRUE(run(create_volume(node(), request)));
    EXPECT_EQ(inspect_volume(node(), "data")->labels.at("tier"), "db");
    ASSERT_TRUE(run(remove_volume(node(), "data", RemoveVolumeMode::only_unused)));
    EXPECT_FALSE(std::filesystem::exists(made->path));
    EXPECT_TRUE(ledger().empty());
    EXPECT_EQ(inspect_volume(node(), "data").error().code, Code::not_found);
}

TEST_F(Volumes, SurviveTheDaemonAndWhatIsNoVolumeDoesNot) {
    make("kept");
    ASSERT_TRUE(write_file(directory_ / "state" / "volumes" / "stray.img", "left by a killed daemon"));
    store::LedgerEntry entry{.kind = "volume", .name = "stray", .owner = "stray", .created_at = 1};
    ASSERT_TRUE(run(node().store.note(entry)));
    restart();
    EXPECT_THAT(names(), ElementsAre("kept"));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "state" / "volumes" / "stray.img"));
    EXPECT_EQ(noted_volumes(), 1U);
}

TEST_F(Volumes, BadNamesAndSizesAreRefused) {
    VolumeRequest request;
    request.name = "../etc";
    EXPECT_THAT(run(create_volume(node(), request)).error().message, HasSubstr("volume name '../etc'"));
    request.name = "small";
    request.size_bytes = 4096;
    EXPECT_THAT(run(create_volume(node(), request)).error().message, HasSubstr("16 MiB"));
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Volumes, OneWithAKeyIsEmptyAndKnowsItAfterTheDaemon) {
    VolumeRequest request;
    request.name = "db";
    request.key_uri = "kbs:///default/volume/db";
    const auto made = run(create_volume(node(), request));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->is_encrypted);
    EXPECT_EQ(made->used_bytes, 0U) << "the host has no filesystem to make there";
    restart();
    EXPECT_EQ(inspect_volume(node(), "db")->key_uri, request.key_uri);
    request.accepts_existing = true;
    EXPECT_TRUE(run(create_volume(node(), request)));
    request.key_uri = "kbs:///default/volume/other";
    EXPECT_THAT(run(create_volume(node(), request)).error().message,
                HasSubstr("its key is kbs:///default/volume/db, not kbs:///default/volume/other"));
    request.name = "bad";
    request.key_uri = "db";
    EXPECT_EQ(run(create_volume(node(), request)).error().code, Code::invalid_argument);
}

TEST_F(Volumes, OneWithAKeyIsForConfidentialContainers) {
    VolumeRequest request;
    request.name = "db";
    request.key_uri = "kbs:///default/volume/db";
    ASSERT_TRUE(run(create_volume(node(), request)));
    auto spec = spec_with(volume("db"));
    spec.image = "test";
    const auto made = run(create_container(node(), spec));
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("needs the level confidential"));
}

TEST_F(Volumes, AreMadeOnFirstUseAndGivenToTheGuest) {
    const auto id = create(spec_with(volume("data")));
    EXPECT_THAT(names(), ElementsAre("data"));
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto& guest = hypervisor.only_guest();
    ASSERT_EQ(guest.disks.size(), 1U);
    EXPECT_EQ(guest.disks[0].file, node().volumes.file_of("data"));
    EXPECT_EQ(guest.storages.back().fstype, "ext4");
    EXPECT_EQ(guest.mounts.back().destination, "/data");
    EXPECT_EQ(inspect_volume(node(), "data")->containers, std::vector<ContainerId>{id});
}

TEST_F(Volumes, AContainerThatCannotBeMadeLeavesNoVolume) {
    auto spec = spec_with(volume("data"));
    spec.image = "test";
    spec.name = "no spaces";
    EXPECT_FALSE(run(create_container(node(), spec)));
    spec.name = "";
    spec.mounts.push_back(volume("other", "/proc"));
    EXPECT_FALSE(run(create_container(node(), spec)));
    EXPECT_TRUE(names().empty());
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Volumes, InUseAreNotRemovedUnlessWithTheirContainers) {
    const auto id = create(spec_with(volume("data")));
    const auto refused = run(remove_volume(node(), "data", RemoveVolumeMode::only_unused));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::failed_precondition);
    EXPECT_THAT(refused.error().message, HasSubstr(container(id).record.name));
    EXPECT_TRUE(run(prune_volumes(node(), {})).value().empty());
    ASSERT_TRUE(run(remove_volume(node(), "data", RemoveVolumeMode::with_containers)));
    EXPECT_TRUE(node().containers.empty());
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Volumes, BelongToOneRunningContainerAtATime) {
    const auto first = create(spec_with(volume("data")));
    const auto second = create(spec_with(volume("data")));
    ASSERT_TRUE(run(start_container(node(), first.str())));
    auto& guest = hypervisor.only_guest();
    const auto refused = run(start_container(node(), second.str()));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("volume 'data' is in use by container"));
    EXPECT_EQ(container(second).state, ContainerState::created);
    guest.exit_init(0);
    EXPECT_EQ(run(wait_container(node(), first.str())), 0);
    EXPECT_EQ(guest.removals, 1) << "the guest unmounts before its VM ends";
    EXPECT_TRUE(run(start_container(node(), second.str())));
}

TEST_F(Volumes, AForcedEndLetsTheGuestUnmountFirst) {
    const auto id = create(spec_with(volume("data")));
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto guest = hypervisor.guests.begin()->second;
    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::force)));
    EXPECT_FALSE(guest->unmounted.empty()) << "its VM was ended before";
    EXPECT_THAT(names(), ElementsAre("data"));
    expect_no_sandbox_left();
}

TEST_F(Volumes, WithoutANameTheyGoWithAContainerThatRemovesItself) {
    auto spec = spec_with(volume(""));
    spec.auto_remove = true;
    const auto id = create(spec);
    EXPECT_EQ(names().size(), 1U);
    ASSERT_TRUE(run(start_container(node(), id.str())));
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    run_until([&] { return names().empty(); });
}

TEST_F(Volumes, WithoutANameTheyGoWithAContainerWhenAskedTo) {
    const auto kept = create(spec_with(volume("")));
    const auto removed = create(spec_with(volume("")));
    ASSERT_TRUE(run(remove_container(node(), kept.str(), RemoveMode::only_stopped)));
    EXPECT_EQ(names().size(), 2U);
    ASSERT_TRUE(run(remove_container(node(), removed.str(), RemoveMode::only_stopped, OwnVolumes::removed)));
    EXPECT_EQ(names().size(), 1U);
}

TEST_F(Volumes, WithANameTheyStayWhateverIsAsked) {
    const auto id = create(spec_with(volume("data")));
    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped, OwnVolumes::removed)));
    EXPECT_THAT(names(), ElementsAre("data"));
}

TEST(ImageVolumes, AreWhereTheUserSaysNothingElse) {
    const auto spec = with_image_volumes(spec_with(volume("mine", "/data/")), {"/cache/", "/data", "/cache"});
    ASSERT_EQ(spec.mounts.size(), 2U);
    EXPECT_EQ(spec.mounts[0].source, "mine");
    EXPECT_EQ(spec.mounts[1], (launch::ContainerMount{.target = "/cache"}));
}

TEST_F(Volumes, ArePrunedByLabel) {
    VolumeRequest request;
    request.labels = {{"tier", "db"}};
    request.name = "labelled";
    ASSERT_TRUE(run(create_volume(node(), request)));
    make("plain");
    EXPECT_THAT(run(prune_volumes(node(), {{"tier", "db"}})).value(), ElementsAre("labelled"));
    EXPECT_THAT(run(prune_volumes(node(), {})).value(), ElementsAre("plain"));
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Volumes, GrowAtRestAndInUseAndNeverShrink) {
    make("data");
    EXPECT_EQ(run(resize_volume(node(), "data", 2 * k_size))->size_bytes, 2 * k_size);
    EXPECT_EQ(run(resize_volume(node(), "data", k_size)).error().code, Code::out_of_range);
    const auto id = create(spec_with(volume("data")));
    ASSERT_TRUE(run(start_container(node(), id.str())));
    ASSERT_TRUE(run(resize_volume(node(), "data", 4 * k_size)));
    EXPECT_EQ(hypervisor.only_guest().resized.at("volume-0"), 4 * k_size);
    EXPECT_EQ(std::filesystem::file_size(node().volumes.file_of("data")), 4 * k_size);
}

TEST_F(Volumes, OfTheHostAreSnapshotsMadeAtTheStart) {
    ASSERT_TRUE(write_file(directory_ / "file", "one"));
    launch::ContainerMount mount{.kind = launch::MountKind::bind,
                                 .source = (directory_ / "file").native(),
                                 .target = "/file",
                                 .read_only = true};
    const auto id = create(spec_with(mount));
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto& guest = hypervisor.only_guest();
    ASSERT_EQ(guest.disks.size(), 1U);
    EXPECT_TRUE(guest.disks[0].read_only);
    EXPECT_TRUE(std::filesystem::exists(guest.disks[0].file));
    EXPECT_THAT(guest.mounts.back().source, HasSubstr("/volumes/0/_data"));
    mount.read_only = false;
    auto spec = spec_with(mount);
    spec.image = "test";
    EXPECT_THAT(run(create_container(node(), spec)).error().message, HasSubstr("use a named volume"));
    spec.mounts[0].read_only = true;
    spec.mounts[0].source = "/nonexistent";
    // Not "not found": a client would take that for a missing image.
    EXPECT_EQ(run(create_container(node(), spec)).error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::node::sandbox
