// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/mount_flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "common/base/file.hpp"
#include "node-daemon/ctl/limit_flags.hpp"
#include "node-daemon/ctl/volume_output.hpp"
#include "tests/unit/node-daemon/ctl/golden.hpp"

namespace redoubt::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// "KIND SOURCE TARGET ro|rw [OPTIONS]", or the error.
std::string text_of(const Result<pb::Mount>& mount) {
    if (!mount) return mount.error().message;
    auto text = pb::Mount::Kind_Name(mount->kind()) + " '" + mount->source() + "' " + mount->target() +
                (mount->read_only() ? " ro" : " rw");
    for (const auto& word : mount->options()) text += " " + word;
    if (mount->without_copy()) text += " nocopy";
    if (mount->tmpfs_bytes() != 0) text += " size=" + std::to_string(mount->tmpfs_bytes());
    if (mount->has_tmpfs_mode()) text += " mode=" + std::to_string(mount->tmpfs_mode());
    return text;
}

TEST(VolumeFlag, IsAVolumeASnapshotOrHasNoName) {
    EXPECT_EQ(text_of(parse_volume_flag("data:/data")), "VOLUME 'data' /data rw");
    EXPECT_EQ(text_of(parse_volume_flag("/data")), "VOLUME '' /data rw");
    EXPECT_EQ(text_of(parse_volume_flag("data:/data:ro,noexec,nocopy,z")),
              "VOLUME 'data' /data ro noexec nocopy");
    EXPECT_EQ(text_of(parse_volume_flag("/etc:/host")), "BIND '/etc' /host ro");
    EXPECT_EQ(text_of(parse_volume_flag("/etc/../usr:/host:ro")), "BIND '/usr' /host ro");
    EXPECT_EQ(text_of(parse_volume_flag("./x:/host")),
              "BIND '" + (std::filesystem::current_path() / "x").native() + "' /host ro");
}

TEST(VolumeFlag, SaysWhatIsWrongAndWhatWouldBeRight) {
    EXPECT_THAT(text_of(parse_volume_flag("/etc:/host:rw")),
                HasSubstr("--volume '/etc:/host:rw': a micro-VM shares no folder with its host"));
    EXPECT_THAT(text_of(parse_volume_flag("data:data")), HasSubstr("'data' is not an absolute path"));
    EXPECT_THAT(text_of(parse_volume_flag(":/data")), HasSubstr("a volume's name or a path is needed"));
    EXPECT_THAT(text_of(parse_volume_flag("a:/b:ro:x")), HasSubstr("not [NAME|PATH:]TARGET[:OPTIONS]"));
    EXPECT_THAT(text_of(parse_volume_flag("a:/b:U")), HasSubstr("option 'U' is not ro, rw"));
}

TEST(MountFlag, KnowsItsTypes) {
    EXPECT_EQ(text_of(parse_mount_flag("source=data,target=/data")), "VOLUME 'data' /data rw");
    EXPECT_EQ(text_of(parse_mount_flag("type=volume,src=data,dst=/data,readonly,volume-nocopy")),
              "VOLUME 'data' /data ro nocopy");
    EXPECT_EQ(text_of(parse_mount_flag("target=/m,type=tmpfs,tmpfs-size=1m,tmpfs-mode=0700")),
              "TMPFS '' /m rw size=1048576 mode=448");
    EXPECT_EQ(text_of(parse_mount_flag("type=bind,source=/etc,destination=/e")), "BIND '/etc' /e ro");
}

TEST(MountFlag, RefusesByName) {
    EXPECT_THAT(text_of(parse_mount_flag("type=bind,source=/etc,target=/e,readonly=false")),
                HasSubstr("shares no folder with its host"));
    EXPECT_THAT(text_of(parse_mount_flag("type=overlay,target=/e")), HasSubstr("type 'overlay' is not"));
    EXPECT_THAT(text_of(parse_mount_flag("source=data")), HasSubstr("target=PATH is needed"));
    EXPECT_THAT(text_of(parse_mount_flag("type=bind,target=/e")), HasSubstr("source=PATH is needed"));
    EXPECT_THAT(text_of(parse_mount_flag("source=/etc,target=/e")), HasSubstr("say type=bind"));
    EXPECT_THAT(text_of(parse_mount_flag("target=/e,flavour=sweet")), HasSubstr("'flavour' is not known"));
    EXPECT_THAT(text_of(parse_mount_flag("target=/e,ro=perhaps")), HasSubstr("not true or false"));
}

TEST(MountFlag, IsSaidAsItIsRead) {
    for (const auto* text :
         {"type=volume,source=data,target=/data,nocopy,noexec", "type=volume,target=/cache,ro",
          "type=bind,source=/etc,target=/conf,ro", "type=tmpfs,target=/tmp,tmpfs-size=4096,tmpfs-mode=700"}) {
        const auto mount = parse_mount_flag(text);
        ASSERT_TRUE(mount) << mount.error().message;
        EXPECT_EQ(mount_flag_text(*mount).value(), text);
    }
    pb::Mount odd;
    odd.set_target("/a,b");
    EXPECT_EQ(mount_flag_text(odd).error().code, Code::invalid_argument);
}

TEST(TmpfsFlag, HasSizeModeAndOptions) {
    EXPECT_EQ(text_of(parse_tmpfs_flag("/m")), "TMPFS '' /m rw");
    EXPECT_EQ(text_of(parse_tmpfs_flag("/m:size=64k,mode=755,ro,exec")),
              "TMPFS '' /m ro exec size=65536 mode=493");
    EXPECT_THAT(text_of(parse_tmpfs_flag("m")), HasSubstr("--tmpfs 'm': 'm' is not an absolute path"));
    EXPECT_THAT(text_of(parse_tmpfs_flag("/m:size=much")), HasSubstr("--tmpfs '/m:size=much'"));
    EXPECT_THAT(text_of(parse_tmpfs_flag("/m:mode=9")), HasSubstr("mode '9' is not octal"));
    EXPECT_THAT(text_of(parse_tmpfs_flag("/m:uid=3")), HasSubstr("option 'uid=3'"));
}

TEST(UlimitFlag, IsNameSoftAndHard) {
    auto limit = parse_ulimit("nofile=10:20").value();
    EXPECT_EQ(limit.name(), "nofile");
    EXPECT_EQ(limit.soft(), 10U);
    EXPECT_EQ(limit.hard(), 20U);
    limit = parse_ulimit("core=-1").value();
    EXPECT_EQ(limit.soft(), std::numeric_limits<std::uint64_t>::max());
    for (const auto* wrong : {"nofile", "=1", "nofile=x", "nofile=2:1", "nofile="})
        EXPECT_THAT(parse_ulimit(wrong).error().message, HasSubstr("--ulimit '")) << wrong;
}

TEST(RestartFlag, IsOneOfFour) {
    EXPECT_EQ(parse_restart_policy("").value().kind(), pb::RestartPolicy::NO);
    EXPECT_EQ(parse_restart_policy("always").value().kind(), pb::RestartPolicy::ALWAYS);
    EXPECT_EQ(parse_restart_policy("unless-stopped").value().kind(), pb::RestartPolicy::UNLESS_STOPPED);
    EXPECT_EQ(parse_restart_policy("on-failure").value().most_retries(), 0U);
    EXPECT_EQ(parse_restart_policy("on-failure:3").value().most_retries(), 3U);
    for (const auto* wrong : {"on-failure:", "on-failure:0", "on-failure:x", "sometimes"})
        EXPECT_FALSE(parse_restart_policy(wrong)) << wrong;
}

TEST(EnvironmentFile, HoldsOneVariableALine) {
    const auto path = std::filesystem::path(testing::TempDir()) / "redoubt-env-file";
    ASSERT_TRUE(write_file(path, "# comment\nA=1\n\n  B = 2 \r\nOURS\nEND=x"));
    EXPECT_THAT(read_environment_file(path).value(), ElementsAre("A=1", "B = 2 ", "OURS", "END=x"));
    ASSERT_TRUE(write_file(path, "=1\n"));
    EXPECT_THAT(read_environment_file(path).error().message, HasSubstr("a name is needed"));
    std::filesystem::remove(path);
    EXPECT_THAT(read_environment_file(path).error().message, HasSubstr("--env-file"));
}

pb::Volume some_volume() {
    pb::Volume volume;
    volume.set_name("data");
    volume.set_size_bytes(10ULL << 30U);
    volume.set_used_bytes(4'200'000);
    volume.set_created_at(1'767'168'000'000'000'000);
    volume.set_path("/var/lib/redoubt/volumes/data.img");
    volume.add_containers("c1");
    (*volume.mutable_labels())["tier"] = "db";
    return volume;
}

TEST(VolumeOutput, IsAsWritten) {
    expect_golden("volumes.txt", render_volumes({some_volume()}));
    expect_golden("volumes.json", volumes_json({some_volume()}));
}

} // namespace
} // namespace redoubt::ctl
