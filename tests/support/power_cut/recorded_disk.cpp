// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/power_cut/recorded_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>

#include "common/base/file.hpp"

namespace redoubt::tests {
namespace {

namespace fs = std::filesystem;
using Kind = DiskStep::Kind;

constexpr std::size_t k_sector = 512;

RecordedDisk* g_disk = nullptr; ///< SQLite's callbacks have no other way to it
sqlite3_vfs g_vfs{};
sqlite3_io_methods g_methods{};

/// An open file: ours first, then the one of the system below, in the memory that SQLite gives.
struct RecordedFile {
    sqlite3_file base; ///< first: SQLite sees only this
    char name[64];     ///< empty: not recorded
    sqlite3_file* below;
};

RecordedFile* ours(sqlite3_file* file) {
    return reinterpret_cast<RecordedFile*>(file); // `base` is its first member
}
sqlite3_vfs* system_below() {
    return static_cast<sqlite3_vfs*>(g_vfs.pAppData);
}
sqlite3_file* below(sqlite3_file* file) {
    return ours(file)->below;
}

/// The name under which a path is recorded; empty for what is elsewhere, or does not outlive a process.
std::string recorded_name(const char* path) {
    if (path == nullptr || g_disk == nullptr) return {};
    const fs::path file(path);
    const auto name = file.filename().native();
    if (file.parent_path() != g_disk->folder() || name.ends_with("-shm")) return {};
    return name;
}

void note(sqlite3_file* file, Kind kind, sqlite3_int64 offset = 0, std::string bytes = {}) {
    if (ours(file)->name[0] == '\0') return;
    g_disk->note({kind, ours(file)->name, static_cast<std::uint64_t>(offset), std::move(bytes)});
}

int close_file(sqlite3_file* file) {
    return below(file)->pMethods->xClose(below(file));
}
int read_file_at(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    return below(file)->pMethods->xRead(below(file), into, size, offset);
}
int write_file_at(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    const int result = below(file)->pMethods->xWrite(below(file), from, size, offset);
    if (result == SQLITE_OK)
        note(file, Kind::write, offset, {static_cast<const char*>(from), static_cast<std::size_t>(size)});
    return result;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    const int result = below(file)->pMethods->xTruncate(below(file), size);
    if (result == SQLITE_OK) note(file, Kind::truncate, size);
    return result;
}
int sync_file(sqlite3_file* file, int flags) {
    const int result = below(file)->pMethods->xSync(below(file), flags);
    if (result == SQLITE_OK) note(file, Kind::sync);
    return result;
}
int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    return below(file)->pMethods->xFileSize(below(file), size);
}
int lock_file(sqlite3_file* file, int kind) {
    return below(file)->pMethods->xLock(below(file), kind);
}
int unlock_file(sqlite3_file* file, int kind) {
    return below(file)->pMethods->xUnlock(below(file), kind);
}
int check_lock(sqlite3_file* file, int* result) {
    return below(file)->pMethods->xCheckReservedLock(below(file), result);
}
int control_file(sqlite3_file* file, int operation, void* argument) {
    return below(file)->pMethods->xFileControl(below(file), operation, argument);
}
int sector_of(sqlite3_file* file) {
    return below(file)->pMethods->xSectorSize(below(file));
}
int traits_of(sqlite3_file* /*file*/) {
    return 0; // nothing is promised: no atomic writes, no safe appends
}
int map_memory(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
    return below(file)->pMethods->xShmMap(below(file), page, size, extend, memory);
}
int lock_memory(sqlite3_file* file, int offset, int count, int flags) {
    return below(file)->pMethods->xShmLock(below(file), offset, count, flags);
}
void order_memory(sqlite3_file* file) {
    below(file)->pMethods->xShmBarrier(below(file));
}
int unmap_memory(sqlite3_file* file, int remove) {
    return below(file)->pMethods->xShmUnmap(below(file), remove);
}

int open_file_of(sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* file, int flags, int* out) {
    auto* made = ours(file);
    made->base.pMethods = nullptr;
    made->below = reinterpret_cast<sqlite3_file*>(made + 1);
    const auto name = recorded_name(path);
    if (name.size() >= sizeof made->name) return SQLITE_CANTOPEN;
    std::memcpy(made->name, name.c_str(), name.size() + 1);
    const int result = system_below()->xOpen(system_below(), path, made->below, flags, out);
    if (result == SQLITE_OK) made->base.pMethods = &g_methods;
    return result;
}
int remove_file(sqlite3_vfs* /*vfs*/, const char* path, int sync_folder) {
    const int result = system_below()->xDelete(system_below(), path, sync_folder);
    const auto name = recorded_name(path);
    if (result == SQLITE_OK && !name.empty()) g_disk->note({Kind::remove, name, 0, {}});
    return result;
}

void set_up() {
    g_methods = {.iVersion = 2,
                 .xClose = close_file,
                 .xRead = read_file_at,
                 .xWrite = write_file_at,
                 .xTruncate = truncate_file,
                 .xSync = sync_file,
                 .xFileSize = size_of_file,
                 .xLock = lock_file,
                 .xUnlock = unlock_file,
                 .xCheckReservedLock = check_lock,
                 .xFileControl = control_file,
                 .xSectorSize = sector_of,
                 .xDeviceCharacteristics = traits_of,
                 .xShmMap = map_memory,
                 .xShmLock = lock_memory,
                 .xShmBarrier = order_memory,
                 .xShmUnmap = unmap_memory,
                 .xFetch = nullptr,
                 .xUnfetch = nullptr};
    auto* system = sqlite3_vfs_find(nullptr);
    if (system == nullptr) throw std::runtime_error("SQLite has no system below it");
    g_vfs = *system; // time, randomness and names are the system's
    g_vfs.pNext = nullptr;
    g_vfs.zName = "recorded";
    g_vfs.pAppData = system;
    g_vfs.szOsFile = static_cast<int>(sizeof(RecordedFile)) + system->szOsFile;
    g_vfs.xOpen = open_file_of;
    g_vfs.xDelete = remove_file;
}

void apply(const DiskStep& step, std::map<std::string, std::string>& files) {
    if (step.kind == Kind::remove) {
        files.erase(step.file);
        return;
    }
    auto& content = files[step.file];
    if (step.kind == Kind::truncate) content.resize(step.offset);
    if (step.kind != Kind::write) return;
    content.resize(std::max<std::size_t>(content.size(), step.offset + step.bytes.size()));
    content.replace(step.offset, step.bytes.size(), step.bytes);
}

/// A write of which the sectors up to a place, or from it on, have reached the disk.
DiskStep torn(const DiskStep& step, std::mt19937& random) {
    const auto sectors = step.bytes.size() / k_sector;
    if (step.kind != Kind::write || sectors < 2) return step;
    const auto place = (1 + random() % (sectors - 1)) * k_sector;
    auto part = step;
    if (random() % 2 == 0) {
        part.bytes.resize(place);
    } else {
        part.bytes.erase(0, place);
        part.offset += place;
    }
    return part;
}

} // namespace

RecordedDisk::RecordedDisk(const fs::path& folder) : folder_(folder) {
    for (const auto& entry : fs::directory_iterator(folder))
        if (!entry.path().native().ends_with("-shm"))
            first_[entry.path().filename().native()] = read_file(entry.path()).value();
    g_disk = this;
    set_up();
    if (sqlite3_vfs_register(&g_vfs, /*makeDflt=*/1) != SQLITE_OK)
        throw std::runtime_error("SQLite does not take the recorded disk");
}

RecordedDisk::~RecordedDisk() {
    sqlite3_vfs_unregister(&g_vfs);
    sqlite3_vfs_register(static_cast<sqlite3_vfs*>(g_vfs.pAppData), /*makeDflt=*/1);
    g_disk = nullptr;
}

void RecordedDisk::restore(std::size_t moment, Unsynced unsynced, std::uint32_t seed,
                           const fs::path& target) const {
    std::mt19937 random(seed);                 // NOLINT(cert-msc51-cpp): the same each time
    std::map<std::string, std::size_t> synced; // file to the step behind its last sync
    for (std::size_t i = 0; i < moment; ++i)
        if (steps_[i].kind == Kind::sync || steps_[i].kind == Kind::remove) synced[steps_[i].file] = i + 1;
    auto files = first_;
    for (std::size_t i = 0; i < moment; ++i) {
        const auto& step = steps_[i];
        const auto known = synced.find(step.file);
        const bool is_safe = known != synced.end() && i < known->second;
        if (is_safe || unsynced == Unsynced::kept)
            apply(step, files);
        else if (unsynced == Unsynced::some && random() % 2 == 0)
            apply(random() % 4 == 0 ? torn(step, random) : step, files);
    }
    for (const auto& [name, content] : files)
        if (!write_file(target / name, content)) throw std::runtime_error("cannot write " + name);
}

} // namespace redoubt::tests
