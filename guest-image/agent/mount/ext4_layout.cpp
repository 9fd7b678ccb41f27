// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/ext4_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "common/base/little_endian.hpp"

namespace redoubt::guest::mount {

namespace {

using Blocks = std::map<std::uint64_t, std::string>;

constexpr std::uint32_t k_blocks_per_group = 8 * k_ext4_block;
constexpr std::uint32_t k_inodes_per_group = k_blocks_per_group / 4; // one for 16 KiB
constexpr std::uint32_t k_inode_size = 256;
constexpr std::uint32_t k_table_blocks = k_inodes_per_group * k_inode_size / k_ext4_block;
constexpr std::uint32_t k_descriptor_size = 32;
constexpr std::uint32_t k_least_blocks = (1U << 20U) / k_ext4_block;
constexpr std::uint32_t k_root_inode = 2;
constexpr std::uint32_t k_folder_inode = 11; // the first that is not reserved
constexpr std::uint32_t k_journal_inode = 8;
constexpr std::uint32_t k_journal_blocks = 1024; // the least that there may be
constexpr std::uint32_t k_superblock_place = 1024;

// Source: fs/ext4/ext4.h.
constexpr std::uint32_t k_compatible = 0x8 | 0x20;                     // ext_attr, dir_index
constexpr std::uint32_t k_has_journal = 0x4;                           // one more of these
constexpr std::uint32_t k_incompatible = 0x2 | 0x40;                   // filetype, extents
constexpr std::uint32_t k_read_only_compatible = 0x1 | 0x2 | 0x8       // sparse_super, large_file, huge_file
                                                 | 0x10 | 0x20 | 0x40; // gdt_csum, dir_nlink, extra_isize
constexpr std::uint16_t k_inodes_unused = 1;
constexpr std::uint16_t k_blocks_unused = 2;
constexpr std::uint32_t k_has_extents = 0x80000;

/// As the journal has its numbers.
void put_big_endian(std::string& bytes, std::size_t place, std::uint32_t value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
        bytes.at(place + i) = static_cast<char>((value >> (24 - 8 * i)) & 0xFFU);
}

void put_bytes(std::string& bytes, std::size_t place, std::string_view value) {
    bytes.replace(place, value.size(), value);
}

/// CRC-16 of the kernel: polynomial 0x8005, reflected. Source: lib/crc/crc16.c.
std::uint16_t crc16(std::uint16_t crc, std::string_view bytes) {
    for (const char byte : bytes) {
        crc = static_cast<std::uint16_t>(crc ^ static_cast<unsigned char>(byte));
        for (int bit = 0; bit < 8; ++bit)
            crc = static_cast<std::uint16_t>((crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U);
    }
    return crc;
}

bool is_power_of(std::uint32_t number, std::uint32_t base) {
    while (number % base == 0) number /= base;
    return number == 1;
}

/// Groups that have room for a copy of the superblock.
bool has_superblock(std::uint32_t group) {
    return group <= 1 || is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

/// Where things are.
struct Layout {
    std::uint32_t blocks = 0;
    std::uint32_t groups = 0;
    std::uint32_t descriptor_blocks = 0;
    std::uint32_t journal_blocks = 0; ///< behind the two folders

    [[nodiscard]] std::uint32_t start(std::uint32_t group) const { return group * k_blocks_per_group; }
    [[nodiscard]] std::uint32_t size(std::uint32_t group) const {
        return std::min(k_blocks_per_group, blocks - start(group));
    }
    /// Before the bitmaps: the superblock and the descriptors, or their copies.
    [[nodiscard]] std::uint32_t head(std::uint32_t group) const {
        return has_superblock(group) ? 1 + descriptor_blocks : 0;
    }
    [[nodiscard]] std::uint32_t block_bitmap(std::uint32_t group) const { return start(group) + head(group); }
    [[nodiscard]] std::uint32_t inode_bitmap(std::uint32_t group) const { return block_bitmap(group) + 1; }
    [[nodiscard]] std::uint32_t inode_table(std::uint32_t group) const { return block_bitmap(group) + 2; }
    /// Blocks of a group that are the filesystem's own; the first one has folders and journal behind them.
    [[nodiscard]] std::uint32_t overhead(std::uint32_t group) const {
        return head(group) + 2 + k_table_blocks + (group == 0 ? 2 + journal_blocks : 0);
    }
    [[nodiscard]] std::uint32_t root_block() const { return inode_table(0) + k_table_blocks; }
    [[nodiscard]] std::uint32_t folder_block() const { return root_block() + 1; }
    [[nodiscard]] std::uint32_t journal_block() const { return folder_block() + 1; }
    [[nodiscard]] std::uint32_t used_inodes(std::uint32_t group) const {
        return group == 0 ? k_folder_inode : 0;
    }
    [[nodiscard]] std::uint32_t free_blocks() const {
        std::uint32_t sum = 0;
        for (std::uint32_t group = 0; group < groups; ++group) sum += size(group) - overhead(group);
        return sum;
    }
};

Layout lay_out(std::uint32_t blocks, std::uint32_t journal_blocks) {
    Layout layout;
    layout.journal_blocks = journal_blocks;
    for (;;) {
        layout.blocks = blocks;
        layout.groups = (blocks + k_blocks_per_group - 1) / k_blocks_per_group;
        layout.descriptor_blocks = (layout.groups * k_descriptor_size + k_ext4_block - 1) / k_ext4_block;
        const auto last = layout.groups - 1;
        // A last group without room for more than itself is none.
        if (last == 0 || layout.size(last) >= layout.overhead(last) + 64) return layout;
        blocks = layout.start(last);
    }
}

std::string make_descriptor(const Layout& layout, std::uint32_t group, const Ext4Identity& identity) {
    std::string bytes(k_descriptor_size, '\0');
    const bool is_last = group + 1 == layout.groups;
    // The first group has files; the last one's bitmap says where the disk ends.
    std::uint16_t flags = group == 0 ? 0 : k_inodes_unused;
    if (group != 0 && !is_last) flags |= k_blocks_unused;
    put_little_endian(bytes, 0, layout.block_bitmap(group));
    put_little_endian(bytes, 4, layout.inode_bitmap(group));
    put_little_endian(bytes, 8, layout.inode_table(group));
    put_little_endian(bytes, 12, static_cast<std::uint16_t>(layout.size(group) - layout.overhead(group)));
    put_little_endian(bytes, 14, static_cast<std::uint16_t>(k_inodes_per_group - layout.used_inodes(group)));
    put_little_endian(bytes, 16, static_cast<std::uint16_t>(group == 0 ? 2 : 0)); // folders
    put_little_endian(bytes, 18, flags);
    put_little_endian(bytes, 28, static_cast<std::uint16_t>(k_inodes_per_group - layout.used_inodes(group)));
    std::string number(4, '\0');
    put_little_endian(number, 0, group);
    auto crc = crc16(0xFFFF, std::string_view(identity.uuid.data(), identity.uuid.size()));
    crc = crc16(crc16(crc, number), std::string_view(bytes).substr(0, 30));
    put_little_endian(bytes, 30, crc);
    return bytes;
}

/// The first `used` bits, and those from `end` on.
std::string make_bitmap(std::uint32_t used, std::uint32_t end) {
    std::string bytes(k_ext4_block, '\0');
    for (std::uint32_t bit = 0; bit < 8 * k_ext4_block; ++bit)
        if (bit < used || bit >= end)
            bytes.at(bit / 8) =
                static_cast<char>(static_cast<unsigned char>(bytes.at(bit / 8)) | (1U << (bit % 8)));
    return bytes;
}

constexpr std::uint16_t k_folder_mode = 0040755;
constexpr std::uint16_t k_journal_mode = 0100600;
constexpr std::size_t k_tree_place = 40;
constexpr std::size_t k_tree_size = 60;

/// A file of blocks that lie behind each other.
struct Inode {
    std::uint32_t number = 0;
    std::uint32_t block = 0;
    std::uint16_t links = 1;
    std::uint16_t mode = k_folder_mode;
    std::uint32_t blocks = 1;
};

std::size_t place_of(std::uint32_t inode) {
    return std::size_t{inode - 1} * k_inode_size;
}

void put_inode(std::string& table, const Inode& inode, std::uint32_t made_at) {
    const auto place = place_of(inode.number);
    put_little_endian(table, place, inode.mode);
    put_little_endian(table, place + 4, inode.blocks * k_ext4_block); // bytes
    for (const std::size_t time : {8U, 12U, 16U}) put_little_endian(table, place + time, made_at);
    put_little_endian(table, place + 26, inode.links);
    put_little_endian(table, place + 28, inode.blocks * (k_ext4_block / 512));
    put_little_endian(table, place + 32, k_has_extents);
    const auto tree = place + k_tree_place;
    put_little_endian(table, tree, std::uint16_t{0xF30A});
    put_little_endian(table, tree + 2, std::uint16_t{1}); // extents
    put_little_endian(table, tree + 4, std::uint16_t{4}); // room for so many
    put_little_endian(table, tree + 16,
                      static_cast<std::uint16_t>(inode.blocks)); // of the extent, from the file's first
    put_little_endian(table, tree + 20, inode.block);
    put_little_endian(table, place + 128, std::uint16_t{32}); // bytes in use behind the first 128
}

struct Entry {
    std::uint32_t inode = 0;
    std::string name;
};

std::string make_folder(const std::vector<Entry>& entries) {
    constexpr char k_is_folder = 2;
    std::string bytes(k_ext4_block, '\0');
    std::size_t place = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& [inode, name] = entries[i];
        const std::size_t needed = (8 + name.size() + 3) / 4 * 4;
        const std::size_t length = i + 1 == entries.size() ? bytes.size() - place : needed;
        put_little_endian(bytes, place, inode);
        put_little_endian(bytes, place + 4, static_cast<std::uint16_t>(length));
        bytes.at(place + 6) = static_cast<char>(name.size());
        bytes.at(place + 7) = k_is_folder;
        put_bytes(bytes, place + 8, name);
        place += length;
    }
    return bytes;
}

std::string make_superblock(const Layout& layout, const Ext4Identity& identity) {
    std::string bytes(k_ext4_block - k_superblock_place, '\0');
    const auto inodes = layout.groups * k_inodes_per_group;
    put_little_endian(bytes, 0, inodes);
    put_little_endian(bytes, 4, layout.blocks);
    put_little_endian(bytes, 12, layout.free_blocks());
    put_little_endian(bytes, 16, inodes - layout.used_inodes(0));
    put_little_endian(bytes, 24, std::uint32_t{2}); // blocks of 1024 << 2
    put_little_endian(bytes, 28, std::uint32_t{2});
    put_little_endian(bytes, 32, k_blocks_per_group);
    put_little_endian(bytes, 36, k_blocks_per_group);
    put_little_endian(bytes, 40, k_inodes_per_group);
    put_little_endian(bytes, 48, identity.made_at);
    put_little_endian(bytes, 54, std::uint16_t{0xFFFF}); // mounted as often as one likes
    put_little_endian(bytes, 56, std::uint16_t{0xEF53});
    put_little_endian(bytes, 58, std::uint16_t{1}); // clean
    put_little_endian(bytes, 60, std::uint16_t{2}); // read-only after an error
    put_little_endian(bytes, 64, identity.made_at);
    put_little_endian(bytes, 76, std::uint32_t{1});
    put_little_endian(bytes, 84, k_folder_inode); // the first that is not reserved
    put_little_endian(bytes, 88, static_cast<std::uint16_t>(k_inode_size));
    put_little_endian(bytes, 92, k_compatible);
    put_little_endian(bytes, 96, k_incompatible);
    put_little_endian(bytes, 100, k_read_only_compatible);
    put_bytes(bytes, 104, std::string_view(identity.uuid.data(), identity.uuid.size()));
    put_bytes(bytes, 236, std::string_view(identity.hash_seed.data(), identity.hash_seed.size()));
    bytes.at(252) = 1; // half MD4
    put_little_endian(bytes, 264, identity.made_at);
    put_little_endian(bytes, 348, std::uint16_t{32});
    put_little_endian(bytes, 350, std::uint16_t{32});
    put_little_endian(bytes, 352, std::uint32_t{1}); // characters are signed in the hash
    return bytes;
}

void add_descriptors(const Layout& layout, const Ext4Identity& identity, Blocks& blocks) {
    std::string all;
    for (std::uint32_t group = 0; group < layout.groups; ++group)
        all += make_descriptor(layout, group, identity);
    all.resize(std::size_t{layout.descriptor_blocks} * k_ext4_block);
    for (std::uint32_t i = 0; i < layout.descriptor_blocks; ++i)
        blocks[1 + i] = all.substr(std::size_t{i} * k_ext4_block, k_ext4_block);
}

void add_bitmaps(const Layout& layout, Blocks& blocks) {
    const auto last = layout.groups - 1;
    blocks[layout.block_bitmap(0)] = make_bitmap(layout.overhead(0), layout.size(0));
    blocks[layout.inode_bitmap(0)] = make_bitmap(layout.used_inodes(0), k_inodes_per_group);
    if (last != 0) blocks[layout.block_bitmap(last)] = make_bitmap(layout.overhead(last), layout.size(last));
}

/// Nothing is in it. `table`: has its inode.
void add_journal(const Layout& layout, const Ext4Identity& identity, std::string_view table, Blocks& blocks) {
    constexpr std::uint32_t k_magic = 0xC03B3998;
    std::string head(k_ext4_block, '\0');
    put_big_endian(head, 0, k_magic);
    put_big_endian(head, 4, 4); // a superblock of the second version
    put_big_endian(head, 12, k_ext4_block);
    put_big_endian(head, 16, layout.journal_blocks);
    put_big_endian(head, 20, 1); // the first block of its log
    put_big_endian(head, 24, 1); // the number that the next transaction has
    put_bytes(head, 48, std::string_view(identity.uuid.data(), identity.uuid.size()));
    put_big_endian(head, 64, 1); // one filesystem uses it
    blocks[layout.journal_block()] = head;
    for (std::uint32_t i = 1; i < layout.journal_blocks; ++i)
        blocks[layout.journal_block() + i] = std::string(k_ext4_block, '\0');
    auto& superblock = blocks[0];
    const auto at = [](std::size_t place) { return k_superblock_place + place; };
    put_little_endian(superblock, at(92), k_compatible | k_has_journal);
    put_little_endian(superblock, at(224), k_journal_inode);
    // A copy of where it is, for who repairs.
    superblock.at(at(253)) = 1;
    const auto tree = place_of(k_journal_inode) + k_tree_place;
    put_bytes(superblock, at(268), table.substr(tree, k_tree_size));
    put_little_endian(superblock, at(268 + k_tree_size + 4), layout.journal_blocks * k_ext4_block);
}

} // namespace

Result<Blocks> make_ext4(std::uint64_t disk_bytes, const Ext4Identity& identity, const std::string& folder,
                         Ext4Journal journal) {
    const auto count = disk_bytes / k_ext4_block;
    if (count > UINT32_MAX)
        return fail(Code::invalid_argument, "a disk of {} bytes is too large for this filesystem",
                    disk_bytes);
    const auto layout =
        lay_out(static_cast<std::uint32_t>(count), journal == Ext4Journal::kept ? k_journal_blocks : 0);
    if (count < k_least_blocks || layout.size(0) < layout.overhead(0) + 16)
        return fail(Code::invalid_argument, "a disk of {} bytes is too small for a filesystem", disk_bytes);
    Blocks blocks;
    blocks[0] = std::string(k_superblock_place, '\0') + make_superblock(layout, identity);
    add_descriptors(layout, identity, blocks);
    add_bitmaps(layout, blocks);
    std::string table(k_ext4_block, '\0');
    put_inode(table, {k_root_inode, layout.root_block(), 3}, identity.made_at);
    put_inode(table, {k_folder_inode, layout.folder_block(), 2}, identity.made_at);
    if (layout.journal_blocks != 0) {
        put_inode(table, {k_journal_inode, layout.journal_block(), 1, k_journal_mode, layout.journal_blocks},
                  identity.made_at);
        add_journal(layout, identity, table, blocks);
    }
    blocks[layout.inode_table(0)] = table;
    blocks[layout.root_block()] =
        make_folder({{k_root_inode, "."}, {k_root_inode, ".."}, {k_folder_inode, folder}});
    blocks[layout.folder_block()] = make_folder({{k_folder_inode, "."}, {k_root_inode, ".."}});
    return blocks;
}

} // namespace redoubt::guest::mount
