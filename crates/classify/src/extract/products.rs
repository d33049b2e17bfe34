//! Names of Microsoft's products and licences, folded; `0` stands for any number.

/// Products by their words. A longer one is preferred to a shorter one that begins alike.
pub(super) const PRODUCTS: &str = "microsoft 365 copilot|m365 copilot|copilot for microsoft 365|copilot for m365|copilot studio|copilot pro|copilot for sales|copilot for service|copilot|visio plan 0|visio online plan 0|visio pro|visio professional|visio standard|visio|project plan 0|project online professional|project online essentials|project online premium|project online|project professional|project standard|microsoft project|planner plan 0|planner and project plan 0|planner premium|power bi premium per user|power bi premium|power bi pro|power bi ppu|power bi|powerbi pro|powerbi premium|powerbi|power apps premium|power apps per app plan|power apps per user plan|power automate per user plan|power apps per app|power apps per user|power apps|powerapps premium|powerapps|power automate premium|power automate per user|power automate process|power automate|power pages authenticated users|power pages|power virtual agents|teams phone standard|microsoft teams phone with calling plan|teams phone with calling plan|teams phone|teams premium|teams rooms pro|teams rooms basic|teams essentials|teams enterprise|teams shared devices|phone system|international calling plan|domestic calling plan|calling plan|exchange online plan 0|exchange online archiving|exchange online kiosk|exchange online protection|exchange online|sharepoint online plan 0|sharepoint plan 0|sharepoint advanced management|sharepoint premium|onedrive for business plan 0|onedrive plan 0|intune plan 0|intune suite|intune|entra id p1|entra id p2|entra id governance|entra id plan 0|entra suite|azure ad premium p1|azure ad premium p2|azure ad p1|azure ad p2|defender for office 0 plan 0|defender for office 0|defender for endpoint plan 0|defender for endpoint p1|defender for endpoint p2|defender for endpoint|defender for business|defender for identity|defender for cloud apps|dynamics 0 sales professional|dynamics 0 sales enterprise|dynamics 0 sales premium|dynamics 0 sales|dynamics 0 customer service professional|dynamics 0 customer service enterprise|dynamics 0 customer service|dynamics 0 field service|dynamics 0 guides|dynamics 0 remote assist|dynamics 0 finance|dynamics 0 supply chain management|dynamics 0 project operations|dynamics 0 human resources|dynamics 0 team members|dynamics 0 business central team members|dynamics 0 business central essentials|dynamics 0 business central premium|dynamics 0 business central|dynamics 0|windows 0 enterprise|windows 0 business|windows 0 frontline|windows 0|apps for enterprise|apps for business|audio conferencing|clipchamp premium|clipchamp standard|clipchamp|viva suite|viva insights|viva goals|viva learning|viva glint|viva engage|viva|business premium|business standard|business basic|business essentials|security e5|compliance e5|ems e0|enterprise mobility security e5|enterprise mobility security e3|e5 security|e5 compliance|e5 ediscovery and audit|e5 information protection and governance|e5 insider risk management|universal print|loop premium|bookings|places|priva|purview";

/// Products of others, which a directory's licences may hold as well; none of them is the tier of a new account.
pub(super) const OF_OTHERS: &str = "adobe acrobat pro dc|adobe acrobat pro|adobe acrobat standard|adobe acrobat|acrobat pro dc|acrobat pro|adobe creative cloud all apps|adobe creative cloud|creative cloud all apps|creative cloud|adobe photoshop|photoshop|adobe illustrator|adobe indesign|adobe lightroom|adobe premiere pro|premiere pro|adobe express|autocad lt|autocad|autodesk revit|revit|inventor professional|fusion 0|arcgis pro|arcgis online|bluebeam revu|unity pro|unity enterprise|intellij idea ultimate|intellij idea|pycharm professional|webstorm|jetbrains all products pack|github copilot business|github copilot|github enterprise|visual studio professional|visual studio enterprise|visual studio|figma professional|figma|miro business|miro|lucidchart|zoom pro|zoom phone|zoom workplace|slack pro|jira software|confluence|tableau creator|tableau explorer|tableau|matlab|simulink|spss statistics|solidworks|sketchup pro|camtasia|snagit|deepl pro|grammarly business|canva pro|canva|notion|asana|1password|nitro pdf pro|foxit pdf editor|citavi|maxqda|minitab|chatgpt enterprise|chatgpt team";

/// Tiers that are a licence by themselves.
pub(super) const TIERS: [&str; 15] =
    ["e1", "e3", "e5", "f1", "f3", "f5", "a1", "a3", "a5", "g1", "g3", "g5", "k1", "e4", "e2"];

/// Names that stand before a tier or a product and belong to it.
pub(super) const FAMILIES: [&str; 8] = ["microsoft 0", "office 0", "ms 0", "m365", "o365", "microsoft", "ms", "office"];

/// Words after a product that belong to it, each in one language.
pub(super) const ENDINGS: [&str; 21] = [
    "for faculty",
    "for students",
    "for frontline workers",
    "per user plan",
    "per app plan",
    "per user",
    "par utilisateur",
    "pro benutzer",
    "por usuario",
    "per gebruiker",
    "por utilizador",
    "plan 0",
    "gcc high",
    "gcc",
    "without teams",
    "no teams",
    "ohne teams",
    "sans teams",
    "sin teams",
    "eea",
    "add on",
];

/// Beginnings of the codes under which a directory has its products.
pub(super) const CODES: [&str; 32] = [
    "SPE_",
    "SPB",
    "POWER_",
    "POWERAPPS_",
    "PBI_",
    "PROJECT",
    "VISIO",
    "ENTERPRISE",
    "EMS",
    "EMSPREMIUM",
    "MCO",
    "EXCHANGE",
    "O365_",
    "M365_",
    "STANDARD",
    "FLOW_",
    "WIN_",
    "WIN10_",
    "AAD_",
    "MICROSOFT_",
    "DESKLESS",
    "DYN365_",
    "INTUNE_",
    "IDENTITY_",
    "ATP_",
    "MDATP_",
    "RIGHTS",
    "SHAREPOINT",
    "TEAMS_",
    "VIVA_",
    "CPC_",
    "OFFICESUBSCRIPTION",
];
